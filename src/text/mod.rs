//! Text as the desk and the search index see it: folded words with their places in the original.
//!
//! In this order: a text is split into maximal runs of letters, marks and decimal digits ([`Tokenizer`]); a run in a
//! script that is written without spaces (Han, kana, Thai, Lao, Khmer, Myanmar) is split further into single
//! characters, so that a phrase of characters is a substring; every token is folded ([`fold`]). Characters that
//! nobody sees (soft hyphen, zero-width and bidi controls) do not end a word: it is told whole, and its pieces are
//! told beside it at the same place, since some writers use them as spaces.
//!
//! Offsets are bytes of the original text and always on character boundaries. Nothing here knows a language,
//! stems a word or drops one.

mod chars;
mod diff;
mod fold;
mod han;
pub mod link;
mod outlet;
mod search;
mod sentence;
mod tokenize;

pub use chars::{Folding, folding, is_unspaced};
pub use diff::{Change, word_diff};
pub use fold::fold;
pub use han::simplified;
pub use outlet::{common_name, has_look, outlet_key};
pub use search::search_tokens;
pub use sentence::ends_sentence;
pub use tokenize::{MAX_TOKEN, Token, Tokenizer};
