//! View code only, one file per menu entry: a model in, HTML out. What a page shows is decided in its capability.

pub mod about;
pub mod account;
pub mod addresses;
pub mod avatar;
pub mod cancellation;
pub mod collection;
pub mod consents;
pub mod cookies;
pub mod devices;
pub mod export;
pub mod mailbox;
pub mod me;
pub mod past;
pub mod permissions;
pub mod policy;
pub mod problem;
pub mod profile;
pub mod real_name;
pub mod records;
pub mod register;
pub mod requests;
pub mod settings;
pub mod sign_in;
pub mod step_up;
pub mod switches;
pub mod transfer;
