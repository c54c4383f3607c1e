//! Two values in, whether they say the same out.

use alloc::borrow::Cow;

use super::{Node, Value};

/// Equal as JSON values: members in any order, numbers as they are written.
pub fn is_same(one: &Node<'_>, other: &Node<'_>) -> bool {
    match (&one.value, &other.value) {
        (Value::Object(members), Value::Object(others)) => {
            let found =
                |(name, node): &(Cow<'_, str>, Node<'_>)| other.member(name).is_some_and(|other| is_same(node, other));
            // No key is there twice, so as many members that are all found are the same members.
            members.len() == others.len() && members.iter().all(found)
        }
        (Value::Array(elements), Value::Array(others)) => {
            elements.len() == others.len() && elements.iter().zip(others).all(|(one, other)| is_same(one, other))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    #[test]
    fn order_and_spelling_of_texts_do_not_matter_and_everything_else_does() {
        let same = |one: &str, other: &str| is_same(&read(one.as_bytes()).unwrap(), &read(other.as_bytes()).unwrap());
        let value = r#"{"a":[1,{"b":"x"}],"c":null}"#;
        for other in [value, r#"{"c":null , "a":[1,{"b":"x"}]}"#, r#"{"\u0061":[1,{"b":"\u0078"}],"c":null}"#] {
            assert!(same(value, other) && same(other, value), "{other}");
        }
        for other in [
            r#"{"a":[1,{"b":"x"}]}"#,
            r#"{"a":[1,{"b":"x"}],"c":null,"d":null}"#,
            r#"{"a":[1.0,{"b":"x"}],"c":null}"#,
            r#"{"a":[{"b":"x"},1],"c":null}"#,
            r#"{"a":[1,{"b":"X"}],"c":null}"#,
            r#"{"a":[1,{"b":"x"}],"c":false}"#,
            r#"{"a":[1,{"b":["x"]}],"c":null}"#,
            r#"[1,{"b":"x"}]"#,
        ] {
            assert!(!same(value, other) && !same(other, value), "{other}");
        }
    }
}
