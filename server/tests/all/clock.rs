//! A clock that was ahead, and is put right: what it wrote holds nobody up, and proves nothing.

use app::time::{DAY, HOUR};
use server::ahead;

const PHONE: &str = "13900000081";
const SENSITIVE: &str = "/settings/account/password";

on_both_engines! {
    async fn what_a_clock_that_was_ahead_wrote_has_no_age(world) {
        let mut browser = world.newcomer(PHONE).await;
        assert_eq!(ahead::find(&world.centre).await.unwrap(), []);
        world.pass(DAY);
        world.step_up(&mut browser).await;
        browser.get(SENSITIVE).await.expect_status(200);
        let mut stranger = world.browser();
        let code = [("phone", PHONE)];
        stranger.post("/signin/code", &code).await.expect_status(200);
        let mut late = world.browser();
        let fields = [("phone", PHONE), ("by", "password"), ("password", crate::support::PASSWORD)];
        late.post("/signin", &fields).await.expect_status(303);
        late.get("/settings").await.expect_status(200);

        world.pass(HOUR - DAY);
        let page = stranger.post("/signin/code", &code).await.expect_status(200).text();
        assert!(!page.contains("秒后再试"), "{page}");
        assert!(browser.get(SENSITIVE).await.location().is_some_and(|to| to.starts_with("/step-up")), "it was proved tomorrow");
        world.step_up(&mut browser).await;
        browser.get(SENSITIVE).await.expect_status(200);
        let to = late.get("/settings").await;
        assert!(to.location().is_some_and(|to| to.starts_with("/signin")), "it would live for a day more than promised");

        let found = ahead::find(&world.centre).await.unwrap();
        let tables: Vec<_> = found.iter().map(|ahead| ahead.table).collect();
        assert_eq!(tables, ["event", "one_time_code", "session"]);
        assert!(found.iter().all(|ahead| (DAY - 2 * HOUR..DAY).contains(&ahead.by)), "{found:?}");
    }
}
