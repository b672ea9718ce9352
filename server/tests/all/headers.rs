//! Security headers (OWASP ASVS 5.0: 3.3.1, 3.4.1, 3.4.3, 3.4.6, 14.3.2) and cookies as https needs them.

use crate::support::{Browser, Engine, Page, World, generous};

fn header<'p>(page: &'p Page, name: &str) -> &'p str {
    page.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[track_caller]
fn expect_secure(page: &Page) {
    let policy = header(page, "content-security-policy");
    assert!(!policy.is_empty() && !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(header(page, name), value);
    }
}

on_both_engines! {
    async fn every_answer_carries_them_and_every_page_a_fresh_nonce(world) {
        let mut browser = world.newcomer("13900000001").await;
        for path in ["/", "/settings", "/nothing-here", "/healthz"] {
            expect_secure(&browser.get(path).await);
        }
        expect_secure(&browser.post("/settings/care", &[("purpose", "care_mode"), ("granted", "true")]).await);
        let mut nonces = Vec::new();
        for _ in 0..2 {
            let page = browser.get("/settings").await;
            assert_eq!(header(&page, "cache-control"), "no-store");
            let policy = header(&page, "content-security-policy").to_owned();
            let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
            let text = page.text();
            assert!(text.contains(&format!("nonce=\"{nonce}\"")));
            // No script without it, and no style or handler in an attribute.
            assert_eq!(text.matches("<script").count(), text.matches(&format!("nonce=\"{nonce}\"")).count());
            assert!(!text.contains(" style=\"") && !text.contains(" onclick="));
            nonces.push(nonce);
        }
        assert_ne!(nonces[0], nonces[1]);
    }

    async fn a_request_keeps_its_number(world) {
        let mut browser = world.browser();
        browser.headers.push(("x-request-id", "from-the-proxy".into()));
        let page = browser.get("/signin").await;
        assert_eq!(header(&page, "x-request-id"), "from-the-proxy");
    }
}

#[tokio::test]
async fn over_https_cookies_are_bound_to_this_host() {
    let mut config = generous();
    config.server.public_url = Some("https://privacy.test".to_owned());
    World::run(Engine::Sqlite, &config, async |world| {
        let browser: Browser = world.newcomer("13900000001").await;
        assert_eq!(browser.cookie("session"), None);
        assert!(browser.cookie("__Host-session").is_some());
        let mut browser = browser.clone();
        let page = browser.get("/settings").await.expect_status(200);
        assert_eq!(header(&page, "strict-transport-security"), "max-age=31536000; includeSubDomains");
        let done = browser.post("/settings/cookies/answer", &[("answer", "decline")]).await;
        for cookie in done.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    })
    .await;
}
