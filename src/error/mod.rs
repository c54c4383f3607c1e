//! Every way a payment can fail: stable codes, what happened to the money, what to do next.
//!
//! Each stage has its own error enum (next to the code that returns it); all of them answer to one [`Code`].
//! `docs/errors.md` and `js/src/generated/errors.ts` are written from the table here, and checked against it.

/// What may have happened to money when a code is reported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Money {
    /// Nothing was signed.
    Untouched,
    /// Something was signed, and it never left this process.
    NotSent,
    /// A signed payment left, or may exist outside: count it as spent until it is proven dead.
    Unknown,
    /// The payment was settled.
    Moved,
}

impl Money {
    /// Every answer, from nothing to everything.
    pub const ALL: [Money; 4] = [Money::Untouched, Money::NotSent, Money::Unknown, Money::Moved];

    /// The word used in JavaScript and in the error table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Money::Untouched => "untouched",
            Money::NotSent => "not-sent",
            Money::Unknown => "unknown",
            Money::Moved => "moved",
        }
    }
}

/// What a program can do next without guessing from words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Make the same call again; nothing was bought.
    Retry,
    /// Make the same call again with the same purchase id: the identical payment is presented, or the answer found.
    SameId,
    /// Only another purchase id can buy it.
    NewId,
    /// Wait: for a budget's window, another process, or an authorisation to expire.
    Wait,
    /// The owner must say yes, or change policy, configuration or wallet.
    Owner,
    /// The seller must mend something.
    Seller,
    /// Buy from somebody else.
    Elsewhere,
    /// The calling program must mend its call.
    Caller,
    /// Nothing: stop, and show it to a person.
    Stop,
}

impl Next {
    /// Every answer.
    pub const ALL: [Next; 9] = [
        Next::Retry,
        Next::SameId,
        Next::NewId,
        Next::Wait,
        Next::Owner,
        Next::Seller,
        Next::Elsewhere,
        Next::Caller,
        Next::Stop,
    ];

    /// The word used in JavaScript and in the error table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Next::Retry => "retry",
            Next::SameId => "retry-same-id",
            Next::NewId => "new-id",
            Next::Wait => "wait",
            Next::Owner => "ask-owner",
            Next::Seller => "tell-seller",
            Next::Elsewhere => "elsewhere",
            Next::Caller => "fix-call",
            Next::Stop => "stop",
        }
    }
}

macro_rules! codes {
    (
        $(#[$doc:meta])* $table:ident
        $($name:ident $code:literal $money:ident $next:ident $meaning:literal $fix:literal;)*
    ) => {
        $(#[$doc])*
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $table { $(#[doc = $meaning] $name,)* }

        impl $table {
            /// Every code, in the order of the table.
            pub const ALL: &'static [$table] = &[$($table::$name,)*];

            /// The code itself, for example `policy/over-cap`.
            pub const fn as_str(self) -> &'static str {
                match self { $($table::$name => $code,)* }
            }

            /// What may have happened to money.
            pub const fn money(self) -> Money {
                match self { $($table::$name => Money::$money,)* }
            }

            /// What happened, as the end of a sentence "cannot pay: …".
            pub const fn meaning(self) -> &'static str {
                match self { $($table::$name => $meaning,)* }
            }

            /// What a program can do about it.
            pub const fn next(self) -> Next {
                match self { $($table::$name => Next::$next,)* }
            }

            /// What to do next, for people.
            pub const fn fix(self) -> &'static str {
                match self { $($table::$name => $fix,)* }
            }
        }

        impl core::fmt::Display for $table {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

mod codes;
mod sale;

pub use codes::Code;
pub use sale::SaleCode;

impl Code {
    /// The code of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

/// Declares the error enum of one stage whose variants carry no facts beyond their code.
macro_rules! stage_error {
    ($(#[$doc:meta])* $name:ident, $doing:literal, { $($variant:ident => $code:ident,)* }) => {
        $(#[$doc])*
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name { $(#[doc = concat!("See [`Code::", stringify!($code), "`](crate::error::Code).")] $variant,)* }

        impl $name {
            /// The stable code.
            pub const fn code(self) -> $crate::error::Code {
                match self { $($name::$variant => $crate::error::Code::$code,)* }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!("cannot ", $doing, ": {} ({})"), self.code().meaning(), self.code())
            }
        }

        impl core::error::Error for $name {}
    };
}
pub(crate) use stage_error;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_well_formed() {
        for (index, code) in Code::ALL.iter().enumerate() {
            let text = code.as_str();
            let (stage, reason) = text.split_once('/').expect(text);
            assert!(!stage.is_empty() && !reason.is_empty(), "{text}");
            assert!(
                text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/-".contains(&byte))
            );
            assert!(Code::ALL[..index].iter().all(|earlier| earlier.as_str() != text), "{text} twice");
            assert!(!code.meaning().ends_with('.') && code.fix().ends_with('.'), "{text}");
        }
    }
}
