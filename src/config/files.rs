//! Reading the files of a configuration, and which files it may name.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Largest TOML file in bytes: thousands of topics fit, a wrong path to a disk image does not.
const LARGEST: usize = 16 << 20;

/// Files that one pattern may match at most.
const MOST: usize = 2_000;

/// The directory that relative paths in `file` start at, as the user named it; empty for the working directory.
pub(super) fn directory(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

/// The path without a place to start from.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Why a file is no text, and what could be read of it.
#[derive(Debug)]
pub(super) struct Unread {
    /// The text before the first bad byte.
    pub good: String,
    /// What is wrong.
    pub why: String,
}

/// The text of a TOML file without byte order mark, or why not.
pub(super) fn read(path: &Path) -> Result<String, Unread> {
    let bytes = read_bytes(path, LARGEST).map_err(|why| Unread { good: String::new(), why })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let good =
                String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
            Err(Unread { good, why: "here is a byte that is not UTF-8".to_owned() })
        }
    }
}

/// The bytes of a file of at most `largest` bytes, or why not.
pub(super) fn read_bytes(path: &Path, largest: usize) -> Result<Vec<u8>, String> {
    let meta = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if meta.is_dir() {
        return Err("is a directory; expected a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let limit = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > largest {
        return Err(format!("is larger than {} MiB", largest >> 20));
    }
    Ok(bytes)
}

/// The files that a path or pattern of the main file names, sorted; a plain name must exist. Only files in
/// `directory` or below it: a shared topic file must not be able to pull in `/etc/shadow` and have it quoted.
pub(super) fn matching(pattern: &str, directory: &Path) -> Result<Vec<PathBuf>, String> {
    let relative = Path::new(pattern);
    if pattern.is_empty()
        || !relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir))
    {
        return Err(format!(
            "names \"{pattern}\"; expected a path inside the directory of the file, without `..`"
        ));
    }
    if !pattern.contains(['*', '?', '[']) {
        let path = directory.join(relative);
        return match path.metadata() {
            Ok(_) => inside(path, directory).map(|path| vec![path]),
            Err(error) => Err(format!("names {}, which cannot be read: {error}", path.display())),
        };
    }
    let base = glob::Pattern::escape(&directory.to_string_lossy());
    let whole = Path::new(&base).join(relative);
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let found = glob::glob_with(&whole.to_string_lossy(), options)
        .map_err(|error| format!("has a bad pattern \"{pattern}\": {error}"))?;
    let mut paths = Vec::new();
    for path in found.flatten().filter(|path| path.is_file()) {
        paths.push(inside(path, directory)?);
        if paths.len() > MOST {
            return Err(format!("matches more than {MOST} files with \"{pattern}\""));
        }
    }
    paths.sort();
    Ok(paths)
}

/// The path, if it lies in the directory with symbolic links followed.
fn inside(path: PathBuf, directory: &Path) -> Result<PathBuf, String> {
    let real = path
        .canonicalize()
        .map_err(|error| format!("names {}, which cannot be read: {error}", path.display()))?;
    match absolute(directory).canonicalize() {
        Ok(directory) if real.starts_with(&directory) => Ok(path),
        _ => Err(format!("names {}, which leads out of the directory of the configuration", path.display())),
    }
}

/// Whether users besides owner and group can read the file.
#[cfg(unix)]
pub(super) fn world_readable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o004 != 0)
}

/// Whether users besides owner and group can read the file.
#[cfg(not(unix))]
pub(super) fn world_readable(_: &Path) -> bool {
    false
}
