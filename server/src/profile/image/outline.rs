//! What a picture's file says about itself, read without decoding it: whether it is whole, and how much there would be to decode.
//! The decoders tell neither: they fill up what was cut off, and some make room before they compare.

use image::ImageFormat;

/// A whole picture's outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What it is, by content alone: neither the name nor the type that came with it counts.
    pub format: ImageFormat,
    /// Pixels of the largest part that names its size.
    pub pixels: u64,
    /// It comes in several passes, so a decoder keeps all of it in a second form.
    pub in_passes: bool,
}

/// Why there is no outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoOutline {
    /// None of the offered formats.
    Unknown,
    /// It ends before its end.
    CutOff,
}

/// Reads it.
///
/// # Errors
/// [`NoOutline`].
pub fn outline(bytes: &[u8]) -> Result<Outline, NoOutline> {
    let (format, read) = match bytes {
        [0xFF, 0xD8, 0xFF, ..] => (ImageFormat::Jpeg, jpeg(bytes)),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => (ImageFormat::Png, png(bytes)),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => (ImageFormat::Gif, gif(bytes)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => (ImageFormat::WebP, webp(bytes)),
        _ => return Err(NoOutline::Unknown),
    };
    let (pixels, in_passes) = read.ok_or(NoOutline::CutOff)?;
    Ok(Outline { format, pixels, in_passes })
}

/// Chunks (PNG, 5.3) up to `IEND`. What stands behind it is not the picture's.
fn png(bytes: &[u8]) -> Option<(u64, bool)> {
    let (mut at, mut pixels) = (8, 0);
    loop {
        let length = usize::try_from(big(bytes.get(at..at + 4)?)).ok()?;
        let kind = bytes.get(at + 4..at + 8)?;
        let end = at.checked_add(12)?.checked_add(length)?;
        let chunk = bytes.get(at + 8..end)?;
        match kind {
            b"IHDR" => pixels = big(chunk.get(..4)?) * big(chunk.get(4..8)?),
            b"IEND" => return Some((pixels, false)),
            _ => {}
        }
        at = end;
    }
}

/// Segments and scans (ITU-T T.81, annex B) up to `EOI`.
fn jpeg(bytes: &[u8]) -> Option<(u64, bool)> {
    let (mut at, mut pixels, mut scans, mut progressive) = (2, 0, 0, false);
    loop {
        // Between segments, and within a scan, a marker is an FF that is followed by neither a stuffed zero nor another FF.
        at += memchr::memchr(0xFF, bytes.get(at..)?)?;
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xFF => {
                at += 1;
                continue;
            }
            0x00 | 0x01 | 0xD0..=0xD8 => {
                at += 2;
                continue;
            }
            0xD9 => return Some((pixels, progressive || scans > 1)),
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
        let segment = bytes.get(at + 4..at + 2 + length.max(2))?;
        match marker {
            // A frame's header; C4, C8 and CC are something else.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                progressive |= marker != 0xC0 && marker != 0xC1;
                pixels = pixels.max(big(segment.get(1..3)?) * big(segment.get(3..5)?));
            }
            0xDA => scans += 1,
            _ => {}
        }
        at += 2 + length.max(2);
    }
}

/// Blocks (GIF89a, 17 to 27) up to the trailer.
fn gif(bytes: &[u8]) -> Option<(u64, bool)> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut pixels = little(bytes.get(6..8)?) * little(bytes.get(8..10)?);
    let mut at = 13 + table(*bytes.get(10)?);
    loop {
        match *bytes.get(at)? {
            0x3B => return Some((pixels, false)),
            0x21 => at += 2,
            0x2C => {
                pixels = pixels.max(little(bytes.get(at + 5..at + 7)?) * little(bytes.get(at + 7..at + 9)?));
                at += 11 + table(*bytes.get(at + 9)?);
            }
            _ => return None,
        }
        loop {
            let length = usize::from(*bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
    }
}

/// Chunks (RFC 9649) up to the size that the first one tells.
fn webp(bytes: &[u8]) -> Option<(u64, bool)> {
    let end = usize::try_from(little(bytes.get(4..8)?)).ok()?.checked_add(8)?;
    Some((webp_chunks(bytes.get(12..end)?, false)?, false))
}

fn webp_chunks(bytes: &[u8], in_frame: bool) -> Option<u64> {
    let (mut at, mut pixels) = (0, 0);
    while at < bytes.len() {
        let length = usize::try_from(little(bytes.get(at + 4..at + 8)?)).ok()?;
        let chunk = bytes.get(at + 8..at.checked_add(8)?.checked_add(length)?)?;
        let size = match bytes.get(at..at + 4)? {
            b"VP8X" => (1 + little(chunk.get(4..7)?)) * (1 + little(chunk.get(7..10)?)),
            b"VP8 " => (little(chunk.get(6..8)?) & 0x3FFF) * (little(chunk.get(8..10)?) & 0x3FFF),
            b"VP8L" => {
                let sides = little(chunk.get(1..5)?);
                (1 + (sides & 0x3FFF)) * (1 + (sides >> 14 & 0x3FFF))
            }
            // A frame of an animation has chunks of its own, and no frames.
            b"ANMF" if !in_frame => webp_chunks(chunk.get(16..)?, true)?,
            _ => 0,
        };
        pixels = pixels.max(size);
        // A chunk of an odd length is followed by a byte that belongs to nothing.
        at += 8 + length + length % 2;
    }
    Some(pixels)
}

fn big(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn little(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever stands in a file, reading its outline ends, and stays within it.
        #[test]
        fn any_bytes_have_an_outline_or_none(kind in 0_usize..4, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let begin: &[u8] = [b"\xFF\xD8\xFF".as_slice(), b"\x89PNG\r\n\x1A\n", b"GIF89a", b"RIFF\x90\0\0\0WEBP"][kind];
            let _ = outline(&[begin, &bytes].concat());
        }
    }
}
