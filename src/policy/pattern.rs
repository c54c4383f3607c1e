//! Sellers as a policy names them: one origin, or all hosts below one.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::primitives::Origin;

/// `api.example.com`, or `*.example.com` for any host below it at any depth, but not itself. Scheme and port are exact:
/// https and its own port unless written otherwise.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Pattern {
    origin: Origin,
    /// Names below the host, not the host.
    below: bool,
}

impl Pattern {
    /// Reads an origin as [`Origin::parse`] does, with `*.` before a DNS name for everything below it. `None` for a `*`
    /// anywhere else, or before an IP address.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://").unwrap_or(("https", text));
        let Some(base) = authority.strip_prefix("*.") else {
            return Some(Pattern { origin: Origin::parse(text)?, below: false });
        };
        let origin = Origin::parse(&alloc::format!("{scheme}://{base}"))?;
        origin.is_dns_name().then_some(Pattern { origin, below: true })
    }

    /// True for a seller this names.
    pub fn matches(&self, seller: &Origin) -> bool {
        let same_way = self.origin.is_secure() == seller.is_secure() && self.origin.port() == seller.port();
        same_way && self.names_host(seller)
    }

    // An entry of `deny` without a port is about the host: another port is not another seller (threats P52).
    fn denies(&self, seller: &Origin) -> bool {
        let any_port = self.origin.is_secure() && self.origin.port() == 443 && seller.is_secure();
        any_port && self.names_host(seller) || self.matches(seller)
    }

    fn names_host(&self, seller: &Origin) -> bool {
        let (base, host) = (self.origin.host(), seller.host());
        match self.below {
            false => host == base,
            true => host.strip_suffix(base).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        }
    }

    // The host itself before what is below, the longer before the shorter name.
    fn rank(&self) -> (bool, usize) {
        (!self.below, self.origin.host().len())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.below {
            return self.origin.fmt(f);
        }
        let text = alloc::format!("{}", self.origin);
        let (scheme, authority) = text.split_once("://").unwrap_or(("https", &text));
        write!(f, "{scheme}://*.{authority}")
    }
}

/// The narrowest of the patterns that match. Patterns that match the same seller and are equally narrow are equal.
pub(super) fn narrowest<'a, T>(patterns: &'a [T], of: fn(&T) -> &Pattern, seller: &Origin) -> Option<&'a T> {
    let mut best: Option<&T> = None;
    for item in patterns.iter().filter(|item| of(item).matches(seller)) {
        if best.is_none_or(|best| of(best).rank() < of(item).rank()) {
            best = Some(item);
        }
    }
    best
}

/// Who may be paid.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Sellers {
    /// `None`: any ordinary https host.
    pub(super) allow: Option<Vec<Pattern>>,
    pub(super) deny: Vec<Pattern>,
}

impl Sellers {
    pub(super) fn denies(&self, seller: &Origin) -> bool {
        self.deny.iter().any(|pattern| pattern.denies(seller))
    }

    pub(super) fn allows(&self, seller: &Origin) -> bool {
        if self.allow.is_some() { self.admitting(seller).is_some() } else { seller.is_ordinary() }
    }

    /// What sums per seller are kept under: the pattern that admits it, so that another subdomain is no fresh budget
    /// (threats P52), else its origin.
    pub(super) fn name(&self, seller: &Origin) -> String {
        match self.admitting(seller) {
            Some(pattern) => alloc::format!("{pattern}"),
            None => alloc::format!("{seller}"),
        }
    }

    fn admitting(&self, seller: &Origin) -> Option<&Pattern> {
        narrowest(self.allow.as_deref()?, |pattern| pattern, seller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_star_matches_every_host_below_and_nothing_else() {
        for (text, seller, matches) in [
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "a.b.c.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "https://.example.com", false),
            ("*.example.com", "badexample.com", false),
            ("*.example.com", "api.example.com.evil.com", false),
            ("*.example.com", "http://api.example.com", false),
            ("*.example.com", "https://api.example.com:8443", false),
            ("http://*.example.com", "http://api.example.com", true),
            ("http://*.example.com", "api.example.com", false),
            ("https://*.example.com:8443", "https://api.example.com:8443", true),
            ("http://*.localhost:3000", "http://a.localhost:3000", true),
            ("api.example.com", "api.example.com", true),
            ("api.example.com", "a.api.example.com", false),
            ("http://127.0.0.1:8402", "http://127.0.0.1:8402", true),
            ("http://127.0.0.1:8402", "http://127.0.0.1:8403", false),
        ] {
            assert_eq!(pattern(text).matches(&origin(seller)), matches, "{text} {seller}");
        }
    }

    #[test]
    fn a_star_stands_before_a_name_only() {
        for text in [
            "*",
            "*.",
            "**.example.com",
            "*example.com",
            "a.*.example.com",
            "*.*.example.com",
            "*..example.com",
            "*.127.0.0.1",
            "*.[::1]",
            "ftp://*.example.com",
            "*.example.com/path",
            "*.EXAMPLE.com",
            "u@*.example.com",
            "*.example.com:443",
            "*.example.com.",
        ] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }

    #[test]
    fn patterns_read_back_as_they_are_written() {
        for text in
            ["https://*.example.com", "http://*.example.com:8080", "https://api.example.com", "http://[::1]:3000"]
        {
            assert_eq!(pattern(text).to_string(), text);
        }
    }

    #[test]
    fn deny_wins_and_reaches_every_port_of_a_host() {
        let sellers = |allow: &[&str], deny: &[&str]| Sellers {
            allow: (!allow.is_empty()).then(|| allow.iter().map(|text| pattern(text)).collect()),
            deny: deny.iter().map(|text| pattern(text)).collect(),
        };
        for (deny, seller, denied) in [
            ("api.example.com", "api.example.com", true),
            ("api.example.com", "https://api.example.com:8443", true),
            ("*.example.com", "https://api.example.com:8443", true),
            ("https://api.example.com:8443", "api.example.com", false),
            ("api.example.com", "other.example.com", false),
            ("http://127.0.0.1:8402", "http://127.0.0.1:9000", false),
        ] {
            assert_eq!(sellers(&[seller], &[deny]).denies(&origin(seller)), denied, "{deny} {seller}");
        }
    }

    #[test]
    fn the_narrowest_pattern_names_a_seller() {
        let allow = ["*.example.com", "*.api.example.com", "a.api.example.com"].map(pattern).to_vec();
        let sellers = Sellers { allow: Some(allow), deny: Vec::new() };
        for (seller, name) in [
            ("a.api.example.com", "https://a.api.example.com"),
            ("b.api.example.com", "https://*.api.example.com"),
            ("c.example.com", "https://*.example.com"),
        ] {
            assert_eq!(sellers.name(&origin(seller)), name);
        }
        assert_eq!(Sellers::default().name(&origin("b.example.com")), "https://b.example.com");
    }
}
