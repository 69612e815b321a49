//! Recognises the type of compound files (MS-CFB), the format of old Office documents.
//!
//! Owns the reading of the header and of the class in the root entry, which may be anywhere in the file. Does
//! not read documents.

const SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Bytes of the header that are read: up to the number of the directory's first sector.
const HEADER: usize = 52;
const SECTOR_SHIFT: usize = 30;
const DIRECTORY: usize = 48;
/// Offset of the class in the root entry, the first of the directory.
const CLASS: std::ops::Range<u64> = 80..96;

/// Possible compound file, read in pieces.
#[derive(Debug, Default)]
pub(super) struct Compound {
    header: Vec<u8>,
    class: Vec<u8>,
    seen: u64,
}

impl Compound {
    /// Reads the next piece.
    pub(super) fn update(&mut self, piece: &[u8]) {
        let missing = HEADER.saturating_sub(self.header.len()).min(piece.len());
        self.header.extend_from_slice(piece.get(..missing).unwrap_or_default());
        let start = self.seen;
        self.seen = start.saturating_add(piece.len() as u64);
        let Some(class) = self.place() else { return };
        let within =
            |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX).min(piece.len());
        self.class.extend_from_slice(piece.get(within(class.start)..within(class.end)).unwrap_or_default());
    }

    /// Offset of the class in the file, always after the header. `None` for another format.
    fn place(&self) -> Option<std::ops::Range<u64>> {
        if self.header.len() < HEADER || !self.header.starts_with(&SIGNATURE) {
            return None;
        }
        let shift = u16::from_le_bytes(self.header.get(SECTOR_SHIFT..)?.first_chunk().copied()?);
        let sector = u32::from_le_bytes(self.header.get(DIRECTORY..)?.first_chunk().copied()?);
        // Version 3 has sectors of 512 bytes, version 4 of 4,096. The header occupies the first.
        let at = matches!(shift, 9 | 12).then(|| (u64::from(sector) + 1) << shift)?;
        Some(at + CLASS.start..at + CLASS.end)
    }

    /// Media type of the document; `None` for an unknown class.
    pub(super) fn media_type(&self) -> Option<&'static str> {
        // The first three numbers of a class are little-endian.
        let (number, rest) = self.class.split_first_chunk::<4>()?;
        match (u32::from_le_bytes(*number), rest) {
            (0x0002_0906, [0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46]) => Some("application/msword"),
            (0x0002_0810 | 0x0002_0820, [0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46]) => {
                Some("application/vnd.ms-excel")
            }
            (0x6481_8d10, [0x9b, 0x4f, 0xcf, 0x11, 0x86, 0xea, 0, 0xaa, 0, 0xb9, 0x29, 0xe8]) => {
                Some("application/vnd.ms-powerpoint")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Smallest file that is recognised.
    fn file(sector: u32, class: [u8; 16]) -> Vec<u8> {
        let at = (sector as usize + 1) * 512;
        let mut file = vec![0; at + 128];
        file[..8].copy_from_slice(&SIGNATURE);
        file[SECTOR_SHIFT] = 9;
        file[DIRECTORY..HEADER].copy_from_slice(&sector.to_le_bytes());
        file[at + 80..at + 96].copy_from_slice(&class);
        file
    }

    const WORD: [u8; 16] = [0x06, 0x09, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];

    fn found(file: &[u8], size: usize) -> Option<&'static str> {
        let mut compound = Compound::default();
        file.chunks(size).for_each(|piece| compound.update(piece));
        compound.media_type()
    }

    #[test]
    fn the_class_is_found_wherever_the_directory_is_and_however_it_is_cut() {
        for sector in [0, 1, 200] {
            for size in [1, 7, 52, 53, 600, 1 << 20] {
                assert_eq!(found(&file(sector, WORD), size), Some("application/msword"), "{sector} {size}");
            }
        }
        assert_eq!(found(&file(1, [9; 16]), 100), None);
    }

    #[test]
    fn what_is_cut_off_or_absurd_is_nothing() {
        let whole = file(3, WORD);
        for length in [0, 8, 51, 52, 2_000, 2_048 + 95] {
            assert_eq!(found(&whole[..length], 64), None, "{length}");
        }
        let mut absurd = whole;
        absurd[DIRECTORY..HEADER].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(found(&absurd, 64), None);
        absurd[SECTOR_SHIFT] = 0xff;
        assert_eq!(found(&absurd, 64), None);
    }
}
