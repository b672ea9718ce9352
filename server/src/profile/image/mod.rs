//! 头像: whatever was sent becomes a small square JPEG of our own making. Nothing of the file survives but its pixels:
//! no place, no time, no camera, no script hidden behind a picture's name (OWASP ASVS 5.2.2).
//!
//! The work is bounded by what comes out of a file, not by what goes in: a hundred bytes can hold millions of pixels.

mod colour;
mod outline;
mod turns;

#[cfg(test)]
mod tests;

use std::io::Cursor;

use app::promises::{AVATAR_PIXELS_MAX, AVATAR_SIDE};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage, RgbaImage};
use uuid::Uuid;

use outline::{NoOutline, Outline, outline};
use turns::{NoTurn, turn};

/// Why a picture is not taken, in the person's words.
pub type NotTaken = &'static str;

const UNREADABLE: NotTaken = "这个文件不是能用的图片，请换一张";
const CUT_OFF: NotTaken = "这张图片不完整，可能没有传完，请重新选择";
const TOO_MANY_PIXELS: NotTaken = "图片的尺寸太大，请先缩小再上传";
const OWN_TURN: NotTaken = "上一张图片还在处理，请过几秒再试";
const CROWD: NotTaken = "现在换头像的人很多，请过几秒再试";

const LONGEST_SIDE: u32 = 12_000;
/// Bytes that decoding may take at once: of a photo with as many pixels as are offered, and somewhat more.
const WORKING_BYTES: u64 = 160 * 1024 * 1024;
const QUALITY: u8 = 85;

/// The task that decodes was cancelled: the server is stopping.
#[derive(Debug, thiserror::Error)]
#[error("a picture could not be decoded because the server stops")]
pub struct Stopping;

/// The square JPEG of a person's picture, or why there is none.
///
/// # Errors
/// [`Stopping`].
pub async fn square(person: Uuid, bytes: Vec<u8>) -> Result<Result<Vec<u8>, NotTaken>, Stopping> {
    let turn = match turn(person).await {
        Ok(turn) => turn,
        Err(NoTurn::Own) => return Ok(Err(OWN_TURN)),
        Err(NoTurn::Others) => return Ok(Err(CROWD)),
    };
    // The turn goes with the work: who breaks off the request does not make room for another.
    let made = tokio::task::spawn_blocking(move || {
        let made = make_square(&bytes);
        drop(turn);
        made
    });
    match made.await {
        Ok(made) => Ok(made),
        // A file at which a decoder gives up is not readable; the log says where.
        Err(error) if error.is_panic() => Ok(Err(UNREADABLE)),
        Err(_) => Err(Stopping),
    }
}

fn make_square(bytes: &[u8]) -> Result<Vec<u8>, NotTaken> {
    let outline = outline(bytes).map_err(|none| match none {
        NoOutline::Unknown => UNREADABLE,
        NoOutline::CutOff => CUT_OFF,
    })?;
    if outline.pixels > AVATAR_PIXELS_MAX {
        return Err(TOO_MANY_PIXELS);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), outline.format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(WORKING_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    let sample = (u64::from(colour.bytes_per_pixel()), colour.has_alpha());
    if working_bytes(outline, u64::from(width) * u64::from(height), sample) > WORKING_BYTES {
        return Err(TOO_MANY_PIXELS);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let numbered = (outline.format == ImageFormat::Png).then(|| colour::numbered(bytes, WORKING_BYTES as usize));
    let profile = numbered.flatten().or_else(|| colour::carried(&decoder.icc_profile().ok()??));
    let picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    let mut square = cut_and_shrunk(&picture).ok_or(UNREADABLE)?;
    drop(picture);
    square.apply_orientation(orientation);
    let square = on_white(&colour::in_srgb(&square, profile));
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&square).map_err(|_| UNREADABLE)?;
    Ok(out)
}

fn refused(error: ImageError) -> NotTaken {
    match error {
        ImageError::Limits(_) => TOO_MANY_PIXELS,
        _ => UNREADABLE,
    }
}

/// Bytes that decoding and shrinking take, roughly: pixels as they come out, once more where colours are weighted by their
/// transparency, and what the decoder itself keeps of the whole.
fn working_bytes(outline: Outline, pixels: u64, (bytes, has_alpha): (u64, bool)) -> u64 {
    let pixels = pixels.max(outline.pixels);
    let kept = match outline.format {
        ImageFormat::WebP | ImageFormat::Gif => 4,
        // Coefficients of two bytes, of up to four components.
        _ if outline.in_passes => 8,
        _ => 0,
    };
    pixels * (bytes * (1 + u64::from(has_alpha)) + kept)
}

/// The square in the middle, in its final size. However long and thin a picture is, no step is larger than it.
fn cut_and_shrunk(picture: &DynamicImage) -> Option<DynamicImage> {
    let mut square = DynamicImage::new(AVATAR_SIDE, AVATAR_SIDE, picture.color());
    let options =
        ResizeOptions::new().fit_into_destination(None).resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(picture, &mut square, &options).ok()?;
    Some(square)
}

/// JPEG has no transparency: what shines through is white, not black.
fn on_white(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0.map(u16::from);
        let over = |c: u16| u8::try_from((c * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        Rgb([over(r), over(g), over(b)])
    })
}
