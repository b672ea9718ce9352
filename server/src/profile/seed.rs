//! What the demo's first person has filled in.

use app::profile::model::{AddressDraft, RealName};
use app::profile::rules;
use app::time::{DAY, Moment};
use image::{ImageFormat, Rgb, RgbImage};

use super::{image as picture, store};
use crate::centre::Centre;
use crate::seed::Invalid;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Consignee, phone, province, city, district, street.
const ADDRESSES: [[&str; 6]; 2] = [
    ["林小满", "13800138000", "浙江省", "杭州市", "西湖区", "文三路258号翠苑小区12幢3单元602室"],
    ["林建国", "13900139000", "江苏省", "苏州市", "姑苏区", "平江路66号"],
];
const NAME: &str = "林小满";
const ID_NUMBER: &str = "33010619950307242X";

/// Fills in 头像, 收货地址 and 实名信息.
///
/// # Errors
/// Storage or vault.
pub async fn fill(centre: &Centre, caller: &Caller, now: Moment) -> Result<(), Fault> {
    for [consignee, phone, province, city, district, street] in ADDRESSES {
        let draft = AddressDraft {
            consignee: consignee.to_owned(),
            phone: phone.to_owned(),
            province: province.to_owned(),
            city: city.to_owned(),
            district: district.to_owned(),
            street: street.to_owned(),
        };
        let address = rules::check(&draft).map_err(|_| Invalid("address"))?;
        store::add_address(centre, caller, &address, false, now).await?.map_err(|_| Invalid("addresses"))?;
    }
    let real_name = RealName { name: NAME.to_owned(), id_number: ID_NUMBER.parse().map_err(Invalid)? };
    store::keep_real_name(centre, caller.person, &real_name, now.plus(-30 * DAY)).await?;
    let mut png = std::io::Cursor::new(Vec::new());
    hills().write_to(&mut png, ImageFormat::Png)?;
    let jpeg = picture::square(caller.person, png.into_inner()).await?.map_err(Invalid)?;
    store::set_avatar(centre, caller, &jpeg, now).await
}

/// An evening: sky, sun, and hills one behind the other.
fn hills() -> RgbImage {
    const SIDE: u32 = 256;
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let (x, y) = (f64::from(x), f64::from(y));
        let ridge = |height: f64, length: f64, shift: f64| height + 14.0 * ((x + shift) / length).sin();
        if y > ridge(214.0, 31.0, 40.0) {
            Rgb([38, 84, 92])
        } else if y > ridge(178.0, 43.0, 0.0) {
            Rgb([74, 128, 124])
        } else if (x - 172.0).hypot(y - 92.0) < 34.0 {
            Rgb([255, 236, 196])
        } else if y > ridge(150.0, 57.0, 90.0) {
            Rgb([140, 174, 158])
        } else {
            let blend = |from: f64, to: f64| (from + (to - from) * y / f64::from(SIDE)) as u8;
            Rgb([blend(246.0, 253.0), blend(176.0, 222.0), blend(142.0, 186.0)])
        }
    })
}
