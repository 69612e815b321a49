//! Files that are not, or no longer, what `deskwire backup` wrote: refused, and nothing is changed.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use tar::{Archive, Builder, EntryType, Header};
use tempfile::TempDir;

use super::support::*;
use crate::harness::program::{failure, success};

/// A good backup, and a folder with other data that would be replaced.
struct World {
    dir: TempDir,
    good: Vec<u8>,
    data_dir: PathBuf,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ours = dir.path().join("ours");
        filled(&ours, "Ours").await;
        success(over(&ours, &["backup", "good.tar"])).await;
        let data_dir = dir.path().join("place/data");
        fs::create_dir(dir.path().join("place")).unwrap();
        filled(&data_dir, "Theirs").await;
        let good = fs::read(dir.path().join("good.tar")).unwrap();
        Self { dir, good, data_dir }
    }

    /// Restores these bytes, which must fail and change nothing anywhere. Gives the error.
    async fn refused(&self, bytes: &[u8]) -> String {
        let file = self.dir.path().join("bad.tar");
        fs::write(&file, bytes).unwrap();
        let before = contents(self.dir.path());
        let error = failure(over(&self.data_dir, &["restore", "--force", file.to_str().unwrap()]), 1).await;
        assert!(error.contains("is not a backup that can be restored"), "{error}");
        let after = contents(self.dir.path());
        assert!(after == before, "{:?} became {:?}", before.keys(), after.keys());
        error
    }

    fn position(&self, needle: &[u8]) -> usize {
        self.good.windows(needle.len()).position(|window| window == needle).expect("the needle")
    }

    fn entries(&self) -> Vec<(String, Vec<u8>)> {
        let mut archive = Archive::new(self.good.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.path().unwrap().to_str().unwrap().to_owned(), content)
        });
        entries.collect()
    }
}

fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_ustar();
        // The builder's own way of naming refuses what is tried here.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        if *kind == EntryType::Symlink {
            header.as_old_mut().linkname[..4].copy_from_slice(b"/tmp");
        }
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_refused_wherever_it_was() {
    let world = World::new().await;
    let length = world.good.len();
    let seal = world.position(b"seal.json");
    for cut in [0, 100, 512, 700, 1_024, 2_000, length / 2, seal - 512, seal, seal + 512, seal + 520] {
        world.refused(&world.good[..cut]).await;
    }
}

#[tokio::test]
async fn a_file_that_was_changed_is_refused_wherever_it_was() {
    let world = World::new().await;
    let database = world.position(b"SQLite format 3");
    let attachment = world.position(b"Attachment");
    let seal = world.position(b"\"sha256\"");
    let manifest = world.position(b"\"created\"");
    for place in
        [0, 200, manifest + 13, database + 3, database + 5_000, database + 40_000, attachment, seal + 12]
    {
        let mut bad = world.good.clone();
        bad[place] ^= 1;
        world.refused(&bad).await;
    }
    let mut newer = world.good.clone();
    let format = world.position(b"\"format\": 1") + 10;
    newer[format] = b'9';
    let error = world.refused(&newer).await;
    assert!(error.contains("has the format 9"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_something_else_is_refused() {
    let world = World::new().await;
    world.refused(b"PK\x03\x04 this is no archive of ours").await;
    world.refused(&vec![0; 4_096]).await;
    world.refused(&fs::read(world.dir.path().join("ours/deskwire.db")).unwrap()).await;
    let file = EntryType::Regular;
    world.refused(&archive(&[("notes.txt", file, b"hello")])).await;
    let manifest = world.entries().remove(0).1;
    for database in [b"".as_slice(), b"x", &[b'x'; 9_000]] {
        world.refused(&archive(&[("manifest.json", file, &manifest), ("deskwire.db", file, database)])).await;
    }
}

#[tokio::test]
async fn only_what_belongs_into_a_backup_is_unpacked() {
    let world = World::new().await;
    let entries = world.entries();
    let good: Vec<(&str, EntryType, &[u8])> = entries
        .iter()
        .map(|(name, content)| (name.as_str(), EntryType::Regular, content.as_slice()))
        .collect();
    let outside = world.data_dir.join("../evil");
    let absolute = outside.to_str().unwrap();
    let attachment = good[2].0;
    let file = EntryType::Regular;
    let foreign: &[(&str, EntryType)] = &[
        ("../evil", file),
        ("attachments/../../evil", file),
        (absolute, file),
        ("attachments/00/00000000000000000000000000000f", file),
        ("attachments/00/evil", file),
        ("deskwire.db", file),
        ("deskwire.db-wal", file),
        ("dev-secret", file),
        (attachment, EntryType::Symlink),
        (attachment, EntryType::Link),
        (attachment, EntryType::Directory),
        ("evil", EntryType::Fifo),
    ];
    for (name, kind) in foreign {
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad.insert(place, (name, *kind, b""));
            world.refused(&archive(&bad)).await;
        }
    }
    assert!(!Path::new(absolute).exists());
    for left_out in 0..good.len() {
        let mut bad = good.clone();
        bad.remove(left_out);
        world.refused(&archive(&bad)).await;
    }
    // The same archive made by hand is a good one: what is refused above is refused for its own sake.
    fs::write(world.dir.path().join("same.tar"), archive(&good)).unwrap();
    success(over(
        &world.data_dir,
        &["restore", "--force", world.dir.path().join("same.tar").to_str().unwrap()],
    ))
    .await;
    assert_eq!(subject(&world.data_dir).await, "Ours");
}
