//! 头像: whatever was sent becomes a small square JPEG of our own making. Nothing of the file survives but its pixels:
//! no place, no time, no camera, no script hidden behind a picture's name (OWASP ASVS 5.2.2).

use app::promises::AVATAR_SIDE;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, Rgb, RgbImage};
use tokio::sync::Semaphore;

/// Why a picture is not taken, in the person's words.
pub type NotTaken = &'static str;

/// Decoding takes memory and a core; a crowd of uploads waits in line.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
const LONGEST_SIDE: u32 = 12_000;
const DECODED_BYTES: u64 = 256 * 1024 * 1024;
const QUALITY: u8 = 85;

/// The task that decodes was cancelled: the server is stopping.
#[derive(Debug, thiserror::Error)]
#[error("a picture could not be decoded because the server stops")]
pub struct Stopping;

/// The square JPEG of a picture, or why there is none.
///
/// # Errors
/// [`Stopping`].
pub async fn square(bytes: Vec<u8>) -> Result<Result<Vec<u8>, NotTaken>, Stopping> {
    let _turn = AT_ONCE.acquire().await.map_err(|_| Stopping)?;
    tokio::task::spawn_blocking(move || make_square(&bytes)).await.map_err(|_| Stopping)
}

fn make_square(bytes: &[u8]) -> Result<Vec<u8>, NotTaken> {
    const UNREADABLE: NotTaken = "这个文件不是能用的图片，请换一张";
    // By content alone: neither the name nor the type that came with it counts.
    let mut reader = ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().map_err(|_| UNREADABLE)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(DECODED_BYTES);
    reader.limits(limits);
    let refused = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => "图片的尺寸太大，请先缩小再上传",
        _ => UNREADABLE,
    };
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    let square = picture.resize_to_fill(AVATAR_SIDE, AVATAR_SIDE, FilterType::CatmullRom);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&on_white(&square)).map_err(|_| UNREADABLE)?;
    Ok(out)
}

/// JPEG has no transparency: what shines through is white, not black.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0.map(u16::from);
        let over = |c: u16| u8::try_from((c * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        Rgb([over(r), over(g), over(b)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgba, RgbaImage};

    fn encoded(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, _| Rgba([if x < width / 2 { 255 } else { 0 }, 0, 0, 255]));
        let mut out = std::io::Cursor::new(Vec::new());
        DynamicImage::from(picture).to_rgb8().write_to(&mut out, format).expect("encodes");
        out.into_inner()
    }

    #[test]
    fn every_offered_format_becomes_our_own_square() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let made = make_square(&encoded(format, 600, 300)).expect("a picture");
            let read = image::load_from_memory_with_format(&made, ImageFormat::Jpeg).expect("a JPEG");
            assert_eq!((read.width(), read.height()), (AVATAR_SIDE, AVATAR_SIDE), "{format:?}");
        }
    }

    #[test]
    fn what_the_camera_wrote_into_the_file_is_gone_and_its_orientation_is_kept() {
        let plain = encoded(ImageFormat::Jpeg, 300, 300);
        // An APP1 segment as cameras write it: orientation 6 (turn right), and a place in clear.
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"GPS 30.2741N 120.1551E");
        let mut photo = plain[..2].to_vec();
        photo.extend_from_slice(&[0xFF, 0xE1]);
        photo.extend_from_slice(&u16::try_from(exif.len() + 2).expect("short").to_be_bytes());
        photo.extend_from_slice(&exif);
        photo.extend_from_slice(&plain[2..]);
        let made = make_square(&photo).expect("a picture");
        assert!(!made.windows(4).any(|w| w == b"Exif" || w == b"GPS "));
        // Red was on the left; turned right it is on top.
        let read = image::load_from_memory(&made).expect("a JPEG").to_rgb8();
        assert!(read.get_pixel(128, 20).0[0] > 200 && read.get_pixel(128, 236).0[0] < 60);
    }

    #[test]
    fn what_only_calls_itself_a_picture_is_refused() {
        let mut cut = encoded(ImageFormat::Png, 300, 300);
        cut.truncate(60);
        let huge = encoded(ImageFormat::Png, LONGEST_SIDE + 1, 1);
        for bytes in [b"<svg onload=alert(1)>".to_vec(), b"GIF89a".to_vec(), vec![], cut, huge] {
            assert!(make_square(&bytes).is_err());
        }
    }
}
