//! The whole UI from outside: what it shows, and that nothing brings it out of step.

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod positions;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod styles;
#[cfg(test)]
#[allow(
    unreachable_pub,
    unused_imports,
    reason = "the demo and the bench use it too, as a module of their own"
)]
mod support;
#[cfg(test)]
mod user;
#[cfg(test)]
mod views;
#[cfg(test)]
mod walks;
