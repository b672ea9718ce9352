//! Colours as every screen shows them: what a picture was made in (Display P3, say) becomes sRGB. One that says nothing is sRGB.

use std::io::Cursor;

use image::{DynamicImage, RgbaImage};
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, TransferCharacteristics,
    TransformOptions,
};

/// The colour space that a file names by a number (ITU-T H.273), as a PNG can; it goes before a profile.
#[must_use]
pub fn numbered(png: &[u8], limit: usize) -> Option<ColorProfile> {
    let decoder = png::Decoder::new_with_limits(Cursor::new(png), png::Limits { bytes: limit });
    let reader = decoder.read_info().ok()?;
    let numbers = reader.info().coding_independent_code_points?;
    Some(ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(numbers.color_primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(numbers.transfer_function).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: numbers.is_video_full_range_image,
    }))
}

/// The profile (ICC.1) that a file carries; none where it is no profile.
#[must_use]
pub fn carried(profile: &[u8]) -> Option<ColorProfile> {
    ColorProfile::new_from_slice(profile).ok()
}

/// The picture in sRGB. A profile that does not fit its pixels is passed over: of a CMYK picture the decoder has made RGB.
#[must_use]
pub fn in_srgb(picture: &DynamicImage, profile: Option<ColorProfile>) -> RgbaImage {
    profile.and_then(|profile| converted(picture, &profile)).unwrap_or_else(|| picture.to_rgba8())
}

fn converted(picture: &DynamicImage, profile: &ColorProfile) -> Option<RgbaImage> {
    let (layout, samples) = match profile.color_space {
        DataColorSpace::Rgb => (Layout::Rgba, picture.to_rgba8().into_raw()),
        DataColorSpace::Gray if !picture.color().has_color() => {
            (Layout::GrayAlpha, picture.to_luma_alpha8().into_raw())
        }
        _ => return None,
    };
    let (width, height) = (picture.width(), picture.height());
    let mut out = RgbaImage::new(width, height);
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgba, TransformOptions::default()).ok()?;
    transform.transform(&samples, &mut out).ok()?;
    Some(out)
}
