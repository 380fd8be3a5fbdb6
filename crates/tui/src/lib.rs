//! The interactive face: a crate of its own so that no other one can depend on a terminal.
//!
//! State, drawing and keys are apart. [`State`] is plain data; [`draw`] is a pure function of it;
//! the one key table is in [`keymap`]; what reaches beyond the state is an [`Effect`], applied in
//! one place. So every screen can be tested without a terminal, and a new view is a file in
//! `views/`, a line in the key table and a match arm.
//!
//! The caller sends [`Update`]s through a channel and calls [`run`], which returns once the user
//! leaves. All text that came off the wire passes through [`report::escape`] on its way to the screen.

pub mod app;
pub mod command;
pub mod effect;
pub mod error;
pub mod keymap;
pub mod options;
pub mod outside;
pub mod terminal;
pub mod theme;
pub mod update;

mod console;
mod event_loop;
mod exchanges;
mod filter;
mod findings;
mod format;
mod key;
mod motion;
mod navigation;
mod phase;
mod requests;
mod text;
mod views;
mod widgets;

pub use app::State;
pub use command::Command;
pub use effect::Effect;
pub use error::Error;
pub use event_loop::run;
pub use key::Key;
pub use keymap::{Binding, Context, Keymap};
pub use motion::Motion;
pub use options::{Background, Options};
pub use terminal::restore;
pub use theme::Theme;
pub use update::{End, Outcome, Update};
pub use views::draw;
