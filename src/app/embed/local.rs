//! A static embedding model in a directory, in the form of model2vec: the vector of a text is the mean of those of its
//! tokens.
//!
//! `tokenizer.json` is read by the tokenizers library, `model.safetensors` here: eight bytes with the length of a JSON header,
//! the header with type, shape and place of each tensor, the numbers. Taken are `embeddings` (one row for each token, as 32-bit
//! or 16-bit floats or 8-bit whole numbers), and where they are there `weights` (one for each token) and `mapping` (the row
//! of each token). Nothing is downloaded, and both files are read once.

use crate::desk::embed::{Embedder, Embedding};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tokenizers::Tokenizer;

/// Tokens of a text that count, as in the reference implementation.
const MOST_TOKENS: usize = 512;
/// Largest file in bytes: the largest published models have half of it.
const LARGEST: u64 = 2 << 30;

/// A loaded model.
pub struct Model {
    name: String,
    table: Arc<Table>,
}

struct Table {
    tokenizer: Tokenizer,
    rows: Vec<f32>,
    width: usize,
    weights: Option<Vec<f32>>,
    mapping: Option<Vec<f32>>,
}

impl Model {
    /// Loads the model of a directory.
    ///
    /// # Errors
    /// A sentence, when a file is not there or not what it should be.
    pub fn load(directory: &Path) -> Result<Self, String> {
        let named = |file: &str| directory.join(file);
        let (words, tensors) = (named("tokenizer.json"), named("model.safetensors"));
        let tokenizer_bytes = read(&words)?;
        let bytes = read(&tensors)?;
        let problem = |path: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        let mut tokenizer =
            Tokenizer::from_bytes(&tokenizer_bytes).map_err(|error| problem(&words, &error))?;
        // What a text is filled up with, or cut to, is for models of another kind.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| problem(&words, &error))?;
        let table = Table::of(tokenizer, &bytes).map_err(|why| problem(&tensors, &why))?;
        let mut hash = Sha256::new();
        hash.update(&tokenizer_bytes);
        hash.update(&bytes);
        let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { name: format!("local {hash}"), table: Arc::new(table) })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let named = |error: std::io::Error| format!("{}: {error}", path.display());
    let size = std::fs::metadata(path).map_err(named)?.len();
    if size > LARGEST {
        return Err(format!("{}: is larger than {} MiB", path.display(), LARGEST >> 20));
    }
    std::fs::read(path).map_err(named)
}

impl Embedder for Model {
    fn id(&self) -> &str {
        &self.name
    }

    fn embed(&self, texts: Vec<String>) -> Embedding<'_> {
        let table = Arc::clone(&self.table);
        Box::pin(async move {
            let embedding =
                tokio::task::spawn_blocking(move || texts.iter().map(|text| table.embed(text)).collect());
            embedding.await.map_err(|error| format!("the model failed: {error}"))?
        })
    }
}

/// The entry of a tensor in the header.
#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// Shape and numbers of a tensor.
type Loaded = (Vec<usize>, Vec<f32>);

impl Table {
    fn of(tokenizer: Tokenizer, bytes: &[u8]) -> Result<Self, String> {
        let (head, data) = parts(bytes)?;
        // `__metadata__` is a table of texts, no tensor.
        let header: HashMap<String, serde_json::Value> =
            serde_json::from_slice(head).map_err(|error| format!("has a broken header: {error}"))?;
        let tensor = |name: &str| -> Result<Option<Loaded>, String> {
            let Some(found) = header.get(name) else { return Ok(None) };
            let tensor: Tensor = serde_json::from_value(found.clone())
                .map_err(|error| format!("has a broken entry for {name}: {error}"))?;
            let numbers = numbers(&tensor, data).map_err(|why| format!("{name} {why}"))?;
            Ok(Some((tensor.shape, numbers)))
        };
        let (shape, rows) = tensor("embeddings")?.ok_or("holds no tensor `embeddings`")?;
        let &[height, width] = shape.as_slice() else {
            return Err("`embeddings` is no table of rows".to_owned());
        };
        if height == 0 || width == 0 {
            return Err("`embeddings` is empty".to_owned());
        }
        let weights = tensor("weights")?.map(|(_, numbers)| numbers);
        let mapping = tensor("mapping")?.map(|(_, numbers)| numbers);
        Ok(Self { tokenizer, rows, width, weights, mapping })
    }

    fn embed(&self, text: &str) -> Result<Vec<f32>, String> {
        let tokens = self.tokenizer.encode_fast(text, false).map_err(|error| error.to_string())?;
        let mut sum = vec![0.0; self.width];
        for &token in tokens.get_ids().iter().take(MOST_TOKENS) {
            let token = token as usize;
            let row =
                self.mapping.as_ref().map_or(Some(token), |rows| rows.get(token).map(|row| *row as usize));
            let weight = self.weights.as_ref().map_or(Some(1.0), |weights| weights.get(token).copied());
            // A token beyond the table (one that was added later) says nothing.
            let (Some(row), Some(weight)) = (row, weight) else { continue };
            let Some(row) = self.rows.get(row * self.width..(row + 1) * self.width) else { continue };
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        Ok(sum)
    }
}

fn parts(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let cut = || "is cut short".to_owned();
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
    rest.split_at_checked(length).ok_or_else(cut)
}

fn numbers(tensor: &Tensor, data: &[u8]) -> Result<Vec<f32>, String> {
    let (start, end) = tensor.data_offsets;
    let raw = data.get(start..end).ok_or("lies beyond the file")?;
    let numbers: Vec<f32> = match tensor.dtype.as_str() {
        "F32" => chunks(raw).map(f32::from_le_bytes).collect(),
        "F64" => chunks(raw).map(|bytes| f64::from_le_bytes(bytes) as f32).collect(),
        "F16" => chunks(raw).map(|bytes| half(u16::from_le_bytes(bytes))).collect(),
        "BF16" => {
            chunks(raw).map(|bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)).collect()
        }
        "I8" => raw.iter().map(|byte| f32::from(byte.cast_signed())).collect(),
        "I32" => chunks(raw).map(|bytes| i32::from_le_bytes(bytes) as f32).collect(),
        "I64" => chunks(raw).map(|bytes| i64::from_le_bytes(bytes) as f32).collect(),
        other => return Err(format!("has numbers of the type {other}")),
    };
    let wanted = tensor.shape.iter().try_fold(1_usize, |all, side| all.checked_mul(*side));
    if wanted != Some(numbers.len()) {
        return Err(format!("has {} numbers, not as many as its shape says", numbers.len()));
    }
    Ok(numbers)
}

fn chunks<const N: usize>(raw: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    raw.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok())
}

/// A float of 16 bits: sign, five bits of exponent, ten of fraction (IEEE 754-2008, binary16).
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f32::from(bits & 0x3FF));
    let size = match exponent {
        0 => fraction * 2.0_f32.powi(-24),
        31 if fraction > 0.0 => f32::NAN,
        31 => f32::INFINITY,
        _ => (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent - 15),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_floats_are_read() {
        let rows = [
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x3800, 0.5),
            (0x0001, 5.960_464_5e-8),
            (0x7BFF, 65_504.0),
            (0x7C00, f32::INFINITY),
            (0x0000, 0.0),
        ];
        for (bits, expected) in rows {
            assert_eq!(half(bits), expected, "{bits:#x}");
        }
        assert!(half(0x7E00).is_nan());
    }

    #[test]
    fn broken_tensors_are_refused() {
        let tensor = |dtype: &str, shape: &[usize], data_offsets| Tensor {
            dtype: dtype.to_owned(),
            shape: shape.to_vec(),
            data_offsets,
        };
        let data = [0_u8; 8];
        assert_eq!(numbers(&tensor("F32", &[1, 2], (0, 8)), &data), Ok(vec![0.0, 0.0]));
        assert!(numbers(&tensor("F32", &[1, 2], (0, 9)), &data).is_err(), "beyond the file");
        assert!(numbers(&tensor("F32", &[1, 2], (8, 0)), &data).is_err(), "backwards");
        assert!(numbers(&tensor("F32", &[2, 2], (0, 8)), &data).is_err(), "another shape");
        assert!(numbers(&tensor("F32", &[usize::MAX, 2], (0, 8)), &data).is_err(), "too large a shape");
        assert!(numbers(&tensor("U8", &[8], (0, 8)), &data).is_err(), "another type");
        assert!(parts(&[1, 0, 0]).is_err());
        assert!(parts(&u64::MAX.to_le_bytes()).is_err());
    }
}
