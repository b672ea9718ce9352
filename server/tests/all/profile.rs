//! Addresses, names and pictures under concurrency, at their limits, and as they lie on disk.

use app::promises::ADDRESSES_MAX;
use server::profile::store;
use server::storage::sql;

use crate::support::{Browser, World};

const PHONE: &str = "13900000001";
const NEW: &str = "/settings/profile/addresses/new";

fn address(street: &str) -> [(&str, &str); 6] {
    [
        ("consignee", "王小明"),
        ("phone", PHONE),
        ("province", "四川省"),
        ("city", "成都市"),
        ("is_default", "true"),
        ("street", street),
    ]
}

async fn defaults(world: &World, browser: &Browser) -> usize {
    let caller = world.caller(browser).await;
    store::addresses(&world.centre, &caller).await.unwrap().iter().filter(|kept| kept.is_default).count()
}

on_both_engines! {
    async fn many_at_once_leave_one_default_and_no_more_than_fit(world) {
        let browser = world.newcomer(PHONE).await;
        let adds = (0..ADDRESSES_MAX + 5).map(|n| {
            let mut browser = browser.clone();
            async move { browser.post(NEW, &address(&format!("锦绣街{n}号"))).await.status.as_u16() }
        });
        let answers = at_once(adds).await;
        assert_eq!(answers.iter().filter(|status| **status == 303).count(), ADDRESSES_MAX);
        assert_eq!(answers.iter().filter(|status| **status == 422).count(), 5);
        assert_eq!(defaults(world, &browser).await, 1);
    }

    async fn one_name_is_given_once(world) {
        let people = [world.newcomer(PHONE).await, world.newcomer("13900000002").await];
        let renames = people.map(|mut browser| async move {
            browser.post("/settings/profile/username", &[("username", "同一个名字")]).await.status.as_u16()
        });
        let mut answers = at_once(renames).await;
        answers.sort_unstable();
        assert_eq!(answers, [303, 422]);
    }

    async fn a_default_that_is_removed_leaves_another_one(world) {
        let mut browser = world.newcomer(PHONE).await;
        for street in ["一号", "二号", "三号"] {
            browser.post(NEW, &address(street)).await.expect_status(303);
        }
        for left in [1, 1, 0] {
            let caller = world.caller(&browser).await;
            let first = store::addresses(&world.centre, &caller).await.unwrap().remove(0);
            assert!(first.is_default);
            browser.post(&format!("/settings/profile/addresses/{}/remove", first.id), &[]).await.expect_status(303);
            assert_eq!(defaults(world, &browser).await, left);
        }
    }

    async fn a_picture_is_sealed_and_comes_back_as_our_own(world) {
        let mut browser = world.newcomer(PHONE).await;
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(600, 300, image::Rgb([200, 80, 40])).write_to(&mut png, image::ImageFormat::Png).unwrap();
        browser.upload("/settings/profile/avatar", "picture", png.get_ref()).await.expect_status(303);
        let shown = browser.get("/settings/profile/avatar/picture").await.expect_status(200);
        assert_eq!(shown.headers["content-type"], "image/jpeg");
        assert_eq!(shown.headers["cache-control"], "no-store");
        let read = image::load_from_memory(&shown.body).unwrap();
        assert_eq!((read.width(), read.height()), (256, 256));
        let (sealed,) = sql("SELECT image FROM avatar").fetch_one::<(Vec<u8>,)>(&world.centre.data).await.unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"JFIF") && image::load_from_memory(&sealed).is_err());
    }

    async fn who_sends_picture_after_picture_is_stopped_and_nobody_else(world) {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(4, 4).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let path = "/settings/profile/avatar";
        let mut browser = world.newcomer(PHONE).await;
        let mut taken = 0;
        loop {
            let page = browser.upload(path, "picture", png.get_ref()).await;
            if page.status == 422 {
                page.expect_text("尝试次数太多了");
                break;
            }
            taken += 1;
            assert!(taken < 100, "there is no end to it");
        }
        assert!(taken >= 20, "only {taken}");
        let mut other = world.newcomer("13900000002").await;
        other.upload(path, "picture", png.get_ref()).await.expect_status(303);
    }

    async fn an_upload_that_is_no_upload_is_explained(world) {
        let mut browser = world.newcomer(PHONE).await;
        let path = "/settings/profile/avatar";
        browser.post(path, &[("picture", "x")]).await.expect_status(422).expect_text("请先选择一张图片");
        browser.upload(path, "other", b"x").await.expect_status(422).expect_text("请先选择一张图片");
        browser.upload(path, "picture", b"").await.expect_status(422).expect_text("请先选择一张图片");
        browser.upload(path, "picture", &vec![0; 11 * 1024 * 1024]).await.expect_status(422).expect_text("超过10MB");
    }
}

/// All of them at once.
async fn at_once<T: Send + 'static>(all: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let mut set = tokio::task::JoinSet::new();
    for one in all {
        set.spawn(one);
    }
    set.join_all().await
}
