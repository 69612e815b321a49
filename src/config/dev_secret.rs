//! Secret of a development server, created once and kept in `data_dir/dev-secret`.
//!
//! Owns the file. Does not generate secrets: the caller does.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::domain::Secret;

const NAME: &str = "dev-secret";
const MIN_BYTES: usize = 32;

/// Returns the development secret of this data directory, and creates it with `generate` if missing.
///
/// The file has mode 0600 and appears complete or not at all. Of two processes that create it, both get the
/// first one. A file that other users may read is used, with a warning in the log. A file that is too short
/// is an error, because a replacement would invalidate tokens.
pub fn development_secret(data_dir: &Path, generate: impl FnOnce() -> String) -> io::Result<Secret> {
    let path = data_dir.join(NAME);
    match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    let secret = generate();
    if secret.len() < MIN_BYTES {
        let message = format!("the generated development secret has fewer than {MIN_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    fs::create_dir_all(data_dir)?;
    create(&path, &secret)?;
    read(&path)
}

fn read(path: &Path) -> io::Result<Secret> {
    let text = fs::read_to_string(path)?;
    let text = text.trim();
    if text.len() < MIN_BYTES {
        let message = format!(
            "{} has fewer than {MIN_BYTES} bytes; delete it to get a new development secret",
            path.display()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    warn_if_readable_by_others(path);
    Ok(Secret::new(text.to_owned()))
}

/// Writes a temporary file and links it to its final name. A link never replaces a file and never shows a
/// partial one.
fn create(path: &Path, secret: &str) -> io::Result<()> {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let draft = path.with_file_name(format!(".{NAME}.{}.{serial}", process::id()));
    let written = write_private(&draft, secret).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // File systems without hard links get a rename: it is atomic too, but the last writer wins.
        Err(_) => fs::rename(&draft, path),
        Ok(()) => Ok(()),
    });
    // Fails after a rename, which left nothing to remove.
    let _ = fs::remove_file(&draft);
    written
}

fn write_private(path: &Path, secret: &str) -> io::Result<()> {
    let mut file = open_private(path)?;
    writeln!(file, "{secret}")?;
    file.sync_all()
}

#[cfg(unix)]
fn open_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    // An existing file of this name is from a crashed process with an equal id.
    let _ = fs::remove_file(path);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn open_private(path: &Path) -> io::Result<File> {
    let _ = fs::remove_file(path);
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn warn_if_readable_by_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        tracing::warn!(
            file = %path.display(),
            "development secret is readable by other users; set its mode to 600"
        );
    }
}

#[cfg(not(unix))]
fn warn_if_readable_by_others(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(letter: char) -> String {
        letter.to_string().repeat(40)
    }

    #[test]
    fn it_is_made_once_and_kept() {
        let parent = tempfile::tempdir().unwrap();
        let data_dir = parent.path().join("not/yet/there");
        let first = development_secret(&data_dir, || drawn('a')).unwrap();
        let again = development_secret(&data_dir, || unreachable!("it is there already")).unwrap();
        assert_eq!(first, again);
        assert_eq!(first.expose(), drawn('a'));
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1, "no draft is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        development_secret(dir.path(), || drawn('a')).unwrap();
        let mode = fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_one_that_came_first_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        create(&path, &drawn('a')).unwrap();
        create(&path, &drawn('b')).unwrap();
        assert_eq!(read(&path).unwrap().expose(), drawn('a'));
    }

    #[test]
    fn processes_that_start_together_agree() {
        let dir = tempfile::tempdir().unwrap();
        let secrets: Vec<Secret> = std::thread::scope(|scope| {
            let path = dir.path();
            let threads: Vec<_> = ('a'..='h')
                .map(|letter| scope.spawn(move || development_secret(path, || drawn(letter)).unwrap()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(secrets.windows(2).all(|pair| pair.first() == pair.last()));
    }

    #[test]
    fn a_secret_drawn_too_short_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        assert!(development_secret(dir.path(), String::new).is_err());
        assert!(!dir.path().join(NAME).exists());
    }

    #[test]
    fn a_file_too_short_to_be_a_secret_is_an_error_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(NAME), "short").unwrap();
        let error = development_secret(dir.path(), || drawn('a')).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains(NAME));
        assert_eq!(fs::read_to_string(dir.path().join(NAME)).unwrap(), "short");
    }
}
