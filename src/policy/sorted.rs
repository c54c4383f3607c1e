//! Sorted lists that serve as sets and maps.
//!
//! In wasm a `BTreeSet` or `BTreeMap` brings a tree and, to be collected, a sort of its own for every type it holds:
//! 12 KB gzip for the few short lists of a policy.

use alloc::vec::Vec;

/// Puts an item into its place. False when an equal one is there.
pub(in crate::policy) fn insert<T: Ord>(set: &mut Vec<T>, item: T) -> bool {
    match set.binary_search(&item) {
        Ok(_) => false,
        Err(at) => {
            set.insert(at, item);
            true
        }
    }
}

/// Puts a value under its key, in place of an earlier one.
pub(in crate::policy) fn put<K: Ord, V>(map: &mut Vec<(K, V)>, key: K, value: V) {
    match map.binary_search_by(|(other, _)| other.cmp(&key)) {
        Ok(at) => map[at].1 = value,
        Err(at) => map.insert(at, (key, value)),
    }
}

/// The value under a key.
pub(in crate::policy) fn at<'a, K: Eq, V>(map: &'a [(K, V)], key: &K) -> Option<&'a V> {
    map.iter().find(|(other, _)| other == key).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_sorted_and_has_no_equals() {
        let mut set = Vec::new();
        assert!([3, 1, 2].into_iter().all(|item| insert(&mut set, item)));
        assert!(!insert(&mut set, 1));
        assert_eq!(set, [1, 2, 3]);
    }

    #[test]
    fn a_map_is_sorted_and_keeps_the_last_value_of_a_key() {
        let mut map = Vec::new();
        for (key, value) in [(2, 'a'), (1, 'b'), (2, 'c')] {
            put(&mut map, key, value);
        }
        assert_eq!(map, [(1, 'b'), (2, 'c')]);
        assert_eq!((at(&map, &2), at(&map, &3)), (Some(&'c'), None));
    }
}
