//! Vector files: copies inside the repository, and public suites beside it that may be absent.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, thread};

use serde_json::Value;

/// One JSON file of `tests/vectors`.
pub fn vector(name: &str) -> Value {
    let path = vectors().join(name);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `tests/vectors`, for the crate itself and for the crates inside its repository.
pub fn vectors() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/vectors"));
    folders.find(|folder| folder.exists()).unwrap_or_else(|| panic!("no tests/vectors"))
}

/// A folder of `../shared`, or `None` and a line that the test runner does not swallow.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder);
    if !path.exists() {
        report(&format!("ABSENT: {}", path.display()));
        return None;
    }
    Some(path)
}

/// A public suite, see [`shared`].
pub fn third_party(folder: &str) -> Option<PathBuf> {
    shared(&format!("vectors/third-party/{folder}"))
}

/// Says something even when the test passes: what `println` writes is shown for failing tests only.
pub fn report(line: &str) {
    let test = thread::current().name().unwrap_or_default().to_owned();
    std::io::stderr().write_all(format!("{line} ({test})\n").as_bytes()).unwrap();
}

/// The files of a folder with their names, sorted.
pub fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Parses a JSON file.
pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The text at a key.
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {value}"))
}

/// Hexadecimal text with or without prefix.
pub fn bytes(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    assert!(digits.len() % 2 == 0, "odd digits: {text}");
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// Hexadecimal text of exactly `N` bytes.
pub fn fixed<const N: usize>(text: &str) -> [u8; N] {
    bytes(text).try_into().unwrap_or_else(|_| panic!("not {N} bytes: {text}"))
}
