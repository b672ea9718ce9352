//! 头像.

use leptos::prelude::*;

use crate::menu::Place;
use crate::promises::{AVATAR_MAX_BYTES, AVATAR_PIXELS_MAX};
use crate::ui::{Filled, SubmitButton};

/// One's own picture.
pub const PICTURE: &str = "/settings/profile/avatar/picture";

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// There is a picture.
    pub has_avatar: bool,
    /// What is wrong with what was sent.
    pub filled: Filled,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { has_avatar, filled } = model;
    let error = filled.error_of("picture");
    let describedby = if error.is_some() { "picture-error picture-hint" } else { "picture-hint" };
    let hint = format!(
        "可用 JPEG、PNG、WebP 或 GIF，不超过{}MB、{}万像素。我们会把它裁成正方形重新保存，并去掉照片里的拍摄地点、时间和设备信息。",
        AVATAR_MAX_BYTES / 1024 / 1024,
        AVATAR_PIXELS_MAX / 10_000
    );
    view! {
        {has_avatar.then(|| view! { <img class="avatar avatar-large" src=PICTURE alt="现在的头像" width="128" height="128" /> })}
        {filled.refusal_view()}
        <form class="form" method="post" action=Place::Avatar.path() enctype="multipart/form-data">
            <div class="field">
                <label for="picture">{if has_avatar { "换一张图片" } else { "选择图片" }}</label>
                <input
                    id="picture" name="picture" type="file" accept="image/jpeg,image/png,image/webp,image/gif" required
                    aria-invalid=error.is_some().then_some("true") aria-describedby=describedby
                />
                <p class="field-hint" id="picture-hint">{hint}</p>
                {error.map(|text| view! { <p class="field-error" id="picture-error" role="alert">{text}</p> })}
            </div>
            <SubmitButton label="保存头像" />
        </form>
        {has_avatar.then(|| view! {
            <form method="post" action="/settings/profile/avatar/remove">
                <SubmitButton label="删除头像" danger=true />
            </form>
        })}
    }
    .into_any()
}
