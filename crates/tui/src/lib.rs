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
pub mod bindings;
pub mod command;
pub mod console;
pub mod effect;
pub mod error;
pub mod key;
pub mod keymap;
pub mod options;
pub mod outside;
pub mod screen;
pub mod terminal;
pub mod theme;
pub mod update;

mod command_line;
mod event_loop;
mod format;
mod list;
mod lists;
mod motion;
mod navigation;
mod parts;
mod phase;
mod pointing;
mod prompt;
mod store;
mod text;
mod time_cursor;
mod typing;
mod views;
mod widgets;
mod wishes;

pub use app::State;
pub use command::{Command, Side};
pub use console::{Mouse, MouseKind};
pub use effect::Effect;
pub use error::Error;
pub use event_loop::run;
pub use key::Key;
pub use keymap::{Binding, Context, Keymap, Rebinding};
pub use motion::Motion;
pub use options::{Background, Contrast, Options};
pub use outside::{Answer, Ask};
pub use screen::View;
pub use terminal::restore;
pub use theme::Theme;
pub use update::{End, Outcome, Update};
pub use views::draw;
