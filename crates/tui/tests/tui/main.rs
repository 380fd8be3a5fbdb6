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
#[allow(unreachable_pub, reason = "the demo uses it too, as a module of its own")]
mod support;
#[cfg(test)]
mod user;
#[cfg(test)]
mod views;
#[cfg(test)]
mod walks;
