//! Replies to SMS: a "no" is heard however number and words are written; what nobody understands waits for a human, and until
//! then no marketing goes to that number.

use app::consents::Purpose;
use app::messages::{Channel, Class};

use super::{NOTIFICATIONS, PHONE, agreeing, answer, decide, decided, no, reply, signed, texts, yes};
use crate::support::{World, with_services};

/// Nothing is said yet.
async fn is_open(world: &World) -> bool {
    answer(world, Channel::Sms, Class::Marketing).await == yes()
}

on_both_engines! {
    with with_services();

    async fn a_number_is_read_however_the_provider_writes_it(world) {
        let mut browser = agreeing(world).await;
        let ways = [
            "8613900000001", "008613900000001", "86-13900000001", "+86 139 0000 0001", "+86-139-0000-0001", "(86)13900000001",
            "１３９０００００００１", "\u{200e}139\u{200b}0000\u{a0}0001\u{feff}", "139–0000–0001",
        ];
        for way in ways {
            assert!(is_open(world).await, "before {way}");
            reply(world, way, "TD").await.expect_status(200);
            assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, no("not_agreed", "marketing_sms"), "{way}");
            decide(&mut browser, NOTIFICATIONS, "marketing_sms", true).await;
        }
        let body = r#"{"phone":8613900000001,"text":"TD"}"#;
        signed(world, world.centre.now().0 / 1000, body).await.expect_status(200);
        assert!(!is_open(world).await, "a number as a number");
    }

    async fn what_can_mean_only_no_is_a_no(world) {
        let mut browser = agreeing(world).await;
        let ways = [
            "拒收", "回复TD", "拒收TD", "N", "STOP", "取消", "不要再发了", "退订", "TD", "T", "“ＴＤ”", "【退訂】", "stop.", "（拒收）", "td 退订",
            "不要再給我發短信了！", "别再发广告了", "请勿打扰", "我要退订，谢谢",
        ];
        for way in ways {
            assert!(is_open(world).await, "before {way}");
            reply(world, PHONE, way).await.expect_status(200);
            assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, no("not_agreed", "marketing_sms"), "{way}");
            decide(&mut browser, NOTIFICATIONS, "marketing_sms", true).await;
        }
    }

    async fn a_number_that_can_t_be_read_is_refused(world) {
        for phone in ["", "139000000", "abc", "13900000001x", "139000000012", "10690000", "+86 10 6255 0000", "二"] {
            let refused = reply(world, phone, "TD").await.expect_status(422);
            assert_eq!(refused.headers["content-type"], "application/json", "{phone}");
            assert!(serde_json::from_slice::<serde_json::Value>(&refused.body).unwrap()["error"].is_string());
        }
        // Who is elsewhere has no account here.
        for phone in ["+1 555 0100", "00852 5123 4567"] {
            reply(world, phone, "TD").await.expect_status(200);
        }
    }

    async fn what_nobody_understands_stops_marketing_to_that_number(world) {
        let browser = agreeing(world).await;
        for unclear in ["好的", "1", "不退订", "怎么还在发货"] {
            reply(world, PHONE, unclear).await.expect_status(200);
        }
        assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, no("reply_waits", ""));
        assert_eq!(answer(world, Channel::Push, Class::Marketing).await, yes());
        assert_eq!(answer(world, Channel::Sms, Class::Security).await, yes());
        assert_eq!(decided(world, &browser, Purpose::MarketingSms).await.len(), 1, "nobody has decided");
        assert!(!texts(world)[0].contains("已退订营销短信"));
    }
}
