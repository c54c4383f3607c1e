//! JSON, both ways, without a data model: strangers' texts are read strictly, ours are written plainly.

mod reader;
mod same;
mod writer;

#[cfg(feature = "seller")]
pub(crate) use reader::read_kept;
pub use reader::{MAX_DEPTH, MAX_STRING_BYTES, Node, Value, read};
pub(crate) use reader::{only, read_own};
pub use same::is_same;
pub use writer::{Writer, array, push_string, texts};
pub(crate) use writer::{is_escaped, quoted};

/// Why a text is not JSON that every reader would read the same way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JsonError {
    /// Not well-formed, or more than one value.
    Json,
    /// Not Unicode: invalid UTF-8 or a lone surrogate.
    Utf8,
    /// Deeper than [`MAX_DEPTH`].
    Depth,
    /// A string longer than [`MAX_STRING_BYTES`].
    FieldTooLong,
    /// The same key twice in one object.
    DuplicateKey,
    /// A key that names JavaScript's object machinery.
    ForbiddenKey,
}
