//! Settings that do not fit together.

use super::*;

#[test]
fn settings_that_do_not_fit_are_refused_before_anything_is_opened() {
    assert!(fit(&Config::default()).is_ok());
    let with = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        fit(&config)
    };
    assert!(matches!(with(|c| c.storage.keys = c.storage.data.clone()), Err(OpenError::OneDatabase)));
    assert!(matches!(with(|c| c.ledger.origin = "a b".into()), Err(OpenError::Origin(_))));
    for url in ["privacy.example.cn", "https://", "https://a.example/path", "ftp://a.example"] {
        let mut config = Config::default();
        config.server.public_url = Some(url.into());
        assert!(matches!(fit(&config), Err(OpenError::PublicUrl(_))), "{url}");
    }
    assert!(with(|c| c.server.public_url = Some("https://a.example:8443".into())).is_ok());
    for days in [0, 181] {
        let mut config = Config::default();
        config.import.late_days = days;
        assert!(matches!(fit(&config), Err(OpenError::ImportLate(_))), "{days}");
    }
    let mail = with(|c| c.mail.gateway_url = Some("https://mail.example/send".into()));
    assert!(matches!(mail, Err(OpenError::NoWayToUnsubscribe)));
    assert!(matches!(with(|c| c.host.token = Some("short".into())), Err(OpenError::WeakSecret("host.token"))));
    let conditions = with(|c| c.host.conditions_url = Some("http://host.example/".into()));
    assert!(matches!(conditions, Err(OpenError::ConditionsUrl(_))));
    let conditions = with(|c| c.host.conditions_url = Some("https://host.example/".into()));
    assert!(matches!(conditions, Err(OpenError::NoTokenForConditions)));
}
