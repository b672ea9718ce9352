//! A download goes on where it broke off: for a while, for its own session, and piece by piece.

use app::time::MINUTE;
use server::ledger::Event;
use server::storage::sql;

use crate::export::{ALL, expect_line, large, sign_in};
use crate::support::{Browser, World};

/// How many downloads the ledger tells of.
async fn downloads(world: &World, browser: &Browser) -> usize {
    let is_one = |event: &&Event| matches!(event, Event::Copy { step, .. } if step == "downloaded");
    world.events(browser).await.iter().filter(is_one).count()
}

on_both_engines! {
    async fn a_download_goes_on_where_it_broke_off_for_half_an_hour_and_in_its_session(world) {
        let (mut browser, id) = large(world).await;
        let link = format!("{ALL}/{id}/download");
        let whole = browser.get(&link).await.expect_status(200);
        let (tag, size) = (whole.headers["etag"].to_str().unwrap().to_owned(), whole.body.len());
        assert_eq!(whole.headers["accept-ranges"], "bytes");
        let parts = sql("SELECT position, starts_at FROM export_part WHERE export_id = $1 ORDER BY position")
            .bind(&id).fetch_all::<(i64, i64)>(&world.centre.data).await.unwrap();
        assert!(parts.len() > 1 && parts[0] == (0, 0), "{parts:?}");
        let second = usize::try_from(parts[1].1).unwrap();
        world.pass(29 * MINUTE);
        for (range, from, to) in [
            ("bytes=0-0".to_owned(), 0, 1),
            (format!("bytes={}-{}", second - 3, second + 2), second - 3, second + 3),
            (format!("bytes={second}-"), second, size),
            ("bytes=-7".to_owned(), size - 7, size),
            (format!("bytes=-{}", size + 1), 0, size),
            (format!("bytes=1-{}", size + 9), 1, size),
        ] {
            browser.headers = vec![("range", range.clone()), ("if-range", tag.clone())];
            let page = browser.get(&link).await.expect_status(206);
            assert!(page.body == whole.body[from..to], "{range}");
            assert_eq!(page.headers["content-range"], format!("bytes {from}-{}/{size}", to - 1).as_str());
            assert_eq!(page.headers["content-length"], (to - from).to_string().as_str());
            assert_eq!(page.headers["etag"], tag.as_str());
            assert!(page.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        }
        browser.headers = vec![("range", format!("bytes={size}-"))];
        let none = browser.get(&link).await.expect_status(416);
        assert_eq!(none.headers["content-range"], format!("bytes */{size}").as_str());
        for headers in [
            vec![("range", "bytes=5-".to_owned()), ("if-range", "\"another\"".to_owned())],
            vec![("range", "bytes=0-1,5-9".to_owned())],
        ] {
            browser.headers = headers;
            assert!(browser.get(&link).await.expect_status(200).body == whole.body);
        }
        browser.headers = vec![("range", "bytes=5-".to_owned()), ("if-match", "\"another\"".to_owned())];
        expect_line(&browser.get(&link).await, 412, "已经不是刚才那一份");
        browser.headers.clear();
        let looked = browser.send(axum::http::Method::HEAD, &link, None, axum::body::Body::empty()).await.expect_status(200);
        assert_eq!(looked.headers["content-length"], size.to_string().as_str());
        // Another download is one that begins; so is a range of one that this session has not begun.
        expect_line(&browser.get(&link).await, 403, "请先验证身份");
        let mut other = world.browser();
        sign_in(&mut other).await;
        other.headers = vec![("range", "bytes=0-".to_owned())];
        expect_line(&other.get(&link).await, 403, "请先验证身份");
        browser.headers = vec![("range", "bytes=0-".to_owned())];
        world.pass(MINUTE);
        expect_line(&browser.get(&link).await, 403, "请先验证身份");
        assert_eq!(downloads(world, &browser).await, 1, "a range is no download of its own");
        // A program that begins with ranges, several side by side, begins one download.
        world.step_up_demo(&mut other).await;
        let (mut first, mut second) = (other.clone(), other.clone());
        let (one, two) = tokio::join!(first.get(&link), second.get(&link));
        assert!(one.body == whole.body && two.body == whole.body);
        assert_eq!(downloads(world, &browser).await, 2);
        server::export::downloads::tidy(&world.centre, world.centre.now()).await.unwrap();
        let (left,) = sql("SELECT COUNT(*) FROM download").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(left, 1, "what is over is forgotten");
        other.post("/signout", &[]).await;
        expect_line(&other.get(&link).await, 403, "请先登录");
    }

    async fn a_part_of_a_download_opens_no_other_piece_and_ends_with_the_copy(world) {
        let (mut browser, id) = large(world).await;
        let link = format!("{ALL}/{id}/download");
        let whole = browser.get(&link).await.expect_status(200).body;
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE export_part SET sealed = $2 WHERE export_id = $1 AND position = 0")
            .bind(&id).bind(vec![0_u8; 64]).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        browser.headers = vec![("range", "bytes=-9".to_owned())];
        assert!(browser.get(&link).await.expect_status(206).body == whole[whole.len() - 9..]);
        let end = browser.post(&format!("{ALL}/{id}/end"), &[]).await;
        end.expect_status(303);
        expect_line(&browser.get(&link).await, 404, "没有找到这个文件");
    }
}
