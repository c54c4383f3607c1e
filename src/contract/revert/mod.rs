//! Why a contract refused: revert data in, words for a person out.
//!
//! The errors of 4Mica's contracts by name, Solidity's own two, and an honest "unknown" for the rest. The data is a
//! stranger's: what is quoted of it is bounded and printable.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use super::clearing_house::CycleStatus;
use crate::abi::{self, Words, selector};
use crate::json::is_escaped;
use crate::primitives::hex;

/// Most characters quoted of a contract's own text.
const MAX_QUOTED: usize = 200;

/// What a contract said when it refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revert {
    /// Which error.
    pub cause: Cause,
    /// What it means, with its arguments, as the end of a sentence "the contract refuses: …".
    pub words: String,
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $signature:literal $words:literal;)*) => {
        /// An error of a contract.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Cause {
            $(#[doc = concat!("`", $signature, "`: ", $words)] $name,)*
            /// `Error(string)`: the contract's own words.
            Text,
            /// `Panic(uint256)`: the contract is wrong, or was called as it must never be.
            Panic,
            /// No reason at all.
            Silent,
            /// Another error than those of 4Mica's contracts.
            Unknown,
        }

        impl Cause {
            /// The name of the error, as the contract has it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Cause::$name => stringify!($name),)*
                    Cause::Text => "Error",
                    Cause::Panic => "Panic",
                    Cause::Silent => "Silent",
                    Cause::Unknown => "Unknown",
                }
            }
        }

        const KNOWN: &[(Cause, &str, &str)] = &[$((Cause::$name, $signature, $words),)*];
    };
}

// A `{}` is the next argument; the only `uint8` is a cycle's status. Source: protocol notes, "ClearingHouse" and "Core4Mica".
causes! {
    AmountZero "AmountZero()" "the amount is zero";
    CycleAlreadyCommitted "CycleAlreadyCommitted(bytes32)" "cycle {} is already committed";
    CycleNotFound "CycleNotFound(bytes32)" "there is no cycle {}: it is not committed yet, or another clearing house's";
    InvalidCycleStatus "InvalidCycleStatus(bytes32,uint8)" "cycle {} does not allow it any more, or not yet: it is {}";
    InvalidDeadline "InvalidDeadline()" "the deadlines of the cycle are not in order";
    InvalidProof "InvalidProof()" "the proof does not fit the cycle: cycle, account, amount or role is another";
    ExactPaymentRequired "ExactPaymentRequired(uint256,uint256)" "exactly {} atomic units must be paid, and {} were";
    AlreadyPaid "AlreadyPaid(bytes32,address)" "the net debit of cycle {} is already paid for {}";
    AlreadyClaimed "AlreadyClaimed(bytes32,address)" "the net credit of cycle {} is already claimed by {}";
    AlreadyDefaulted "AlreadyDefaulted(bytes32,address)" "the net debit of cycle {} is already in default for {}";
    PaymentFinalityPending "PaymentFinalityPending(uint64)" "it is too early: debits are final only after Unix second {}";
    PaymentWindowElapsed "PaymentWindowElapsed(uint64)" "it is too late: debits could be paid until Unix second {}";
    ClaimExceedsFundedLiquidity "ClaimExceedsFundedLiquidity(uint256,uint256)" "debtors have not paid enough yet: {} atomic units are there, {} were asked for; try again later";
    CycleDebtUnresolved "CycleDebtUnresolved(uint256,uint256)" "debits are still open: {} against {} atomic units";
    CycleUnderfunded "CycleUnderfunded(uint256,uint256)" "the cycle lacks funds: {} against {} atomic units";
    CycleClaimsUnresolved "CycleClaimsUnresolved(uint256,uint256)" "credits are still unclaimed: {} against {} atomic units";
    NativeTransferFailed "NativeTransferFailed(address,uint256)" "{} did not accept {} wei";
    InsufficientAvailable "InsufficientAvailable()" "there is less collateral than that";
    NoWithdrawalRequested "NoWithdrawalRequested()" "no withdrawal was requested";
    GracePeriodNotElapsed "GracePeriodNotElapsed()" "the waiting time of the withdrawal is not over";
    UnsupportedAsset "UnsupportedAsset(address)" "the contract takes no {}";
    InvalidAsset "InvalidAsset(address)" "{} is no asset for this call";
    TransferFailed "TransferFailed()" "the transfer failed";
    DirectTransferNotAllowed "DirectTransferNotAllowed()" "ether must come with a deposit, not alone";
}

impl Revert {
    /// Reads revert data. Whatever cannot be read is named as such: there is always an answer.
    ///
    /// # Source
    /// Solidity ABI, "Errors"; Solidity, "Panic via assert and Error via require".
    pub fn read(data: &[u8]) -> Self {
        if data.is_empty() {
            return Revert { cause: Cause::Silent, words: String::from("it gives no reason") };
        }
        let known = data.split_first_chunk::<4>().and_then(|(first, arguments)| of(*first, arguments));
        known.unwrap_or_else(|| {
            // The selector is enough to look an error up, and four bytes are no room for a message.
            let first = hex::encode(data.get(..4).unwrap_or(data));
            Revert { cause: Cause::Unknown, words: format!("an error that is not known here ({first})") }
        })
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the contract refuses: {}", self.words)
    }
}

fn of(first: [u8; 4], arguments: &[u8]) -> Option<Revert> {
    if first == selector("Error(string)") {
        let text = abi::read(arguments, |words| (words.integer()? == 32).then(|| words.bytes())?)?;
        return Some(Revert { cause: Cause::Text, words: format!("\"{}\"", quoted(core::str::from_utf8(text).ok()?)) });
    }
    if first == selector("Panic(uint256)") {
        let code = abi::read(arguments, Words::integer)?;
        return Some(Revert { cause: Cause::Panic, words: format!("it fails itself: {}", panic_words(code)) });
    }
    let (cause, signature, template) = KNOWN.iter().find(|(_, signature, _)| selector(signature) == first)?;
    let words = abi::read(arguments, |words| filled(template, signature, words))?;
    Some(Revert { cause: *cause, words })
}

// The template with each `{}` replaced by the argument of that place, each in the spelling of its type.
fn filled(template: &str, signature: &str, words: &mut Words<'_>) -> Option<String> {
    let (_, types) = signature.strip_suffix(')')?.split_once('(')?;
    let mut pieces = template.split("{}");
    let mut text = String::from(pieces.next()?);
    for (kind, piece) in types.split(',').zip(pieces) {
        text.push_str(&match kind {
            "bytes32" => hex::encode(&words.word()?),
            "address" => words.address()?.checksummed(),
            "uint8" => CycleStatus::of(words.byte()?)?.as_str().to_string(),
            "uint64" => words.integer()?.to_string(),
            _ => words.amount()?.to_string(),
        });
        text.push_str(piece);
    }
    Some(text)
}

// Source: Solidity, "Panic via assert and Error via require", the list of codes.
fn panic_words(code: u64) -> String {
    let meaning = match code {
        0x01 => "an assertion",
        0x11 => "an overflow",
        0x12 => "a division by zero",
        0x21 => "a value that is none of an enumeration",
        0x22 => "bytes stored in a wrong form",
        0x31 => "an element of an empty list",
        0x32 => "an index beyond a list",
        0x41 => "too much memory",
        0x51 => "a function that is not set",
        _ => "an unknown kind",
    };
    format!("{meaning} (Panic {code:#04x})")
}

fn quoted(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(MAX_QUOTED) {
        if is_escaped(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(MAX_QUOTED).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
