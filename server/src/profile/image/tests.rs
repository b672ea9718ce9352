//! Pictures as people have them, and as those make them who mean harm.

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder as Jpeg;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, Frame, ImageEncoder, Luma, Rgba};
use moxcms::ColorProfile;

use super::*;

const FORMATS: [ImageFormat; 4] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];

fn encoded(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let picture = RgbaImage::from_fn(width, height, |x, _| Rgba([if x < width / 2 { 255 } else { 0 }, 0, 0, 255]));
    written(&DynamicImage::from(picture).to_rgb8().into(), format)
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("encodes");
    out.into_inner()
}

fn read(made: &[u8]) -> RgbImage {
    let read = image::load_from_memory_with_format(made, ImageFormat::Jpeg).expect("a JPEG").to_rgb8();
    assert_eq!((read.width(), read.height()), (AVATAR_SIDE, AVATAR_SIDE));
    read
}

/// The colour in the middle.
fn middle(made: &[u8]) -> [u8; 3] {
    read(made).get_pixel(AVATAR_SIDE / 2, AVATAR_SIDE / 2).0
}

#[track_caller]
fn expect_near(found: [u8; 3], expected: [u8; 3]) {
    assert!(found.iter().zip(expected).all(|(f, e)| f.abs_diff(e) <= 4), "{found:?} is not {expected:?}");
}

/// A CRC as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [kind.as_slice(), content].concat();
    let length = u32::try_from(content.len()).expect("short").to_be_bytes();
    [length.as_slice(), &named, &crc(&named).to_be_bytes()].concat()
}

/// A PNG of that size and colour type whose pixels are not there.
fn hollow_png(width: u32, height: u32, depth_and_colour: [u8; 2]) -> Vec<u8> {
    let [depth, colour] = depth_and_colour;
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    let data = [0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
    [b"\x89PNG\r\n\x1A\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &data), chunk(b"IEND", &[])].concat()
}

#[test]
fn every_offered_format_becomes_our_own_square() {
    for format in FORMATS {
        read(&make_square(&encoded(format, 600, 300)).expect("a picture"));
    }
}

/// Formerly 12,000 × 1 pixels were first made 3,072,000 × 256.
#[test]
fn a_long_thin_picture_is_cut_before_it_grows() {
    for (width, height) in [(LONGEST_SIDE, 1), (1, LONGEST_SIDE), (1, 1), (LONGEST_SIDE, 3)] {
        for format in FORMATS {
            let picture = encoded(format, width, height);
            assert!(make_square(&picture).is_ok(), "{format:?} of {width} × {height}");
            let square = cut_and_shrunk(&image::load_from_memory(&picture).expect("whole")).expect("it shrinks");
            assert_eq!((square.width(), square.height()), (AVATAR_SIDE, AVATAR_SIDE));
        }
    }
}

#[test]
fn a_small_file_with_a_huge_picture_is_refused_before_it_is_decoded() {
    // 16 bits and transparency: eight bytes a pixel.
    for depth_and_colour in [[8, 2], [8, 6], [16, 6], [1, 0], [8, 0]] {
        assert_eq!(make_square(&hollow_png(12_000, 12_000, depth_and_colour)), Err(TOO_MANY_PIXELS));
        assert_eq!(make_square(&hollow_png(70_000, 1, depth_and_colour)), Err(TOO_MANY_PIXELS));
    }
    assert_eq!(make_square(&hollow_png(5_000, 5_000, [16, 6])), Err(TOO_MANY_PIXELS));
    let small = encoded(ImageFormat::Gif, 8, 8);
    // The canvas, and the one frame on a canvas that is small.
    let at = small.iter().position(|byte| *byte == 0x2C).expect("a frame") + 5;
    for at in [6, at] {
        let mut gif = small.clone();
        gif[at..at + 4].copy_from_slice(&[0xFF; 4]);
        assert_eq!(make_square(&gif), Err(TOO_MANY_PIXELS));
    }
    let mut jpeg = encoded(ImageFormat::Jpeg, 8, 8);
    let frame = jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).expect("a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x2E, 0xE0, 0x2E, 0xE0]);
    assert_eq!(make_square(&jpeg), Err(TOO_MANY_PIXELS));
    let lossless = encoded(ImageFormat::WebP, 8, 8);
    let at = lossless.windows(4).position(|four| four == b"VP8L").expect("pixels") + 9;
    let mut webp = lossless.clone();
    webp[at..at + 4].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x0F]);
    assert_eq!(make_square(&webp), Err(TOO_MANY_PIXELS));
    // A small canvas around a large picture: 16,383 × 16,383.
    let large = [0, 0, 0, 0x9D, 0x01, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F];
    let part = |kind: &[u8; 4], content: &[u8]| {
        [kind.as_slice(), &u32::try_from(content.len()).expect("short").to_le_bytes(), content].concat()
    };
    let parts = [b"WEBP".to_vec(), part(b"VP8X", &[0, 0, 0, 0, 7, 0, 0, 7, 0, 0]), part(b"VP8 ", &large)].concat();
    assert_eq!(make_square(&part(b"RIFF", &parts)), Err(TOO_MANY_PIXELS));
}

#[test]
fn what_needs_too_much_memory_is_refused_and_a_large_photo_is_not() {
    let outline = |format, in_passes| Outline { format, pixels: 0, in_passes };
    let photo = (8_160 * 6_144, (3, false));
    let fits = |outline, (pixels, sample): (u64, (u64, bool))| working_bytes(outline, pixels, sample) <= WORKING_BYTES;
    assert!(fits(outline(ImageFormat::Jpeg, false), photo), "a phone's 50 million pixels");
    assert!(fits(outline(ImageFormat::Jpeg, true), (4_032 * 3_024, (3, false))), "12 million in passes");
    assert!(!fits(outline(ImageFormat::Jpeg, true), photo));
    assert!(!fits(outline(ImageFormat::Png, false), (photo.0, (8, true))));
    let named = Outline { format: ImageFormat::WebP, pixels: 16_383 * 16_383, in_passes: false };
    assert!(!fits(named, (1, (3, false))), "what a part names counts, too");
}

#[test]
fn a_picture_that_is_cut_off_is_refused() {
    let noise = RgbaImage::from_fn(96, 64, |x, y| Rgba([(x * y) as u8, (x * 7) as u8, (y * 13) as u8, 255]));
    for format in FORMATS {
        let whole = written(&DynamicImage::from(noise.clone()).to_rgb8().into(), format);
        assert!(make_square(&whole).is_ok(), "{format:?}");
        for length in [1, 2, 3, 8, 12, whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
            let cut = &whole[..whole.len() - length];
            assert_eq!(make_square(cut), Err(CUT_OFF), "{format:?} without its last {length} bytes");
        }
        // Phones put a film or a depth map behind the picture.
        assert!(make_square(&[whole, vec![0; 99]].concat()).is_ok(), "{format:?} with something behind it");
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
    let read = read(&made);
    assert!(read.get_pixel(128, 20).0[0] > 200 && read.get_pixel(128, 236).0[0] < 60);
}

#[test]
fn what_only_calls_itself_a_picture_is_refused() {
    for bytes in [b"<svg onload=alert(1)>".to_vec(), vec![], vec![0xFF, 0xD8], b"BM".to_vec(), vec![0; 64]] {
        assert_eq!(make_square(&bytes), Err(UNREADABLE));
    }
    assert_eq!(make_square(b"GIF89a"), Err(CUT_OFF));
    // Whole on the outside, and nothing inside.
    assert_eq!(make_square(&hollow_png(300, 300, [8, 2])), Err(UNREADABLE));
    assert!(make_square(&encoded(ImageFormat::Png, LONGEST_SIDE + 1, 1)).is_err());
}

/// Muted, so that sRGB has them: what Display P3 calls (200, 100, 50) is (215, 93, 31) there.
const IN_P3: [u8; 3] = [200, 100, 50];
const IN_SRGB: [u8; 3] = [215, 93, 31];

fn with_profile(format: ImageFormat, profile: &ColorProfile) -> Vec<u8> {
    let picture = RgbImage::from_pixel(64, 64, Rgb(IN_P3));
    let profile = profile.encode().expect("a profile");
    let mut out = Vec::new();
    match format {
        ImageFormat::Jpeg => {
            let mut encoder = Jpeg::new_with_quality(&mut out, 100);
            encoder.set_icc_profile(profile).expect("it can");
            encoder.write_image(&picture, 64, 64, ExtendedColorType::Rgb8).expect("encodes");
        }
        ImageFormat::WebP => {
            let mut encoder = WebPEncoder::new_lossless(&mut out);
            encoder.set_icc_profile(profile).expect("it can");
            encoder.write_image(&picture, 64, 64, ExtendedColorType::Rgb8).expect("encodes");
        }
        _ => {
            let mut encoder = PngEncoder::new(&mut out);
            encoder.set_icc_profile(profile).expect("it can");
            encoder.write_image(&picture, 64, 64, ExtendedColorType::Rgb8).expect("encodes");
        }
    }
    out
}

#[test]
fn colours_of_display_p3_are_converted_and_those_of_srgb_stay() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let made = make_square(&with_profile(format, &ColorProfile::new_display_p3())).expect("a picture");
        expect_near(middle(&made), IN_SRGB);
        let made = make_square(&with_profile(format, &ColorProfile::new_srgb())).expect("a picture");
        expect_near(middle(&made), IN_P3);
    }
    // Named by its number: primaries 12, and the curve of sRGB.
    let plain = written(&RgbImage::from_pixel(64, 64, Rgb(IN_P3)).into(), ImageFormat::Png);
    expect_near(middle(&make_square(&plain).expect("a picture")), IN_P3);
    let numbered = [&plain[..33], &chunk(b"cICP", &[12, 13, 0, 1]), &plain[33..]].concat();
    expect_near(middle(&make_square(&numbered).expect("a picture")), IN_SRGB);
}

#[test]
fn a_profile_that_does_not_fit_or_is_broken_spoils_nothing() {
    let gray = written(&image::GrayImage::from_pixel(64, 64, Luma([120])).into(), ImageFormat::Png);
    let with = |png: &[u8], profile: Vec<u8>| {
        let mut out = Vec::new();
        let picture = image::load_from_memory(png).expect("whole");
        let mut encoder = PngEncoder::new(&mut out);
        encoder.set_icc_profile(profile).expect("it can");
        picture.write_with_encoder(encoder).expect("encodes");
        make_square(&out).expect("a picture")
    };
    let broken = with(&gray, b"no profile".to_vec());
    expect_near(middle(&broken), [120; 3]);
    // A linear gray of 120 is brighter on a screen.
    let linear = ColorProfile::new_gray_with_gamma(1.0).encode().expect("a profile");
    expect_near(middle(&with(&gray, linear.clone())), [182; 3]);
    let colours = written(&RgbImage::from_pixel(64, 64, Rgb(IN_P3)).into(), ImageFormat::Png);
    expect_near(middle(&with(&colours, linear)), IN_P3);
}

#[test]
fn sixteen_bits_gray_and_transparency_keep_their_colours() {
    let deep = image::ImageBuffer::<Rgb<u16>, _>::from_pixel(80, 40, Rgb([0xC8C8, 0x6464, 0x3232]));
    let made = make_square(&written(&DynamicImage::ImageRgb16(deep), ImageFormat::Png)).expect("a picture");
    expect_near(middle(&made), IN_P3);
    let deep = image::ImageBuffer::<Luma<u16>, _>::from_pixel(80, 40, Luma([0x7878]));
    let made = make_square(&written(&DynamicImage::ImageLuma16(deep), ImageFormat::Png)).expect("a picture");
    expect_near(middle(&made), [120; 3]);
    // Half of red over white; and black that nobody sees does not darken the edge.
    let half = RgbaImage::from_fn(80, 80, |x, _| if x < 40 { Rgba([255, 0, 0, 128]) } else { Rgba([0, 0, 0, 0]) });
    let read = read(&make_square(&written(&half.into(), ImageFormat::Png)).expect("a picture"));
    expect_near(read.get_pixel(40, 128).0, [255, 127, 127]);
    expect_near(read.get_pixel(216, 128).0, [255, 255, 255]);
}

#[test]
fn of_an_animation_the_first_frame_is_taken() {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    for colour in [[200, 100, 50, 255], [0, 0, 255, 255], [0, 255, 0, 255]] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(40, 40, Rgba(colour)))).expect("encodes");
    }
    drop(encoder);
    expect_near(middle(&make_square(&gif).expect("a picture")), IN_P3);
}
