//! The pace of a replay.

use engine::pace;
use tui::Answer;
use tui::outside::{Pacing, Speed};

use super::Clerk;

impl Clerk {
    /// Sets it.
    pub(super) fn set_pace(&self, pacing: Pacing) -> anyhow::Result<Answer> {
        let Some(pace) = &self.pace else {
            anyhow::bail!("nothing is replayed here: start with --pace 1x");
        };
        match pacing {
            Pacing::Pause => pace.pause(),
            Pacing::Resume => pace.resume(),
            Pacing::Speed(speed) => pace.set_speed(engine_speed(speed)),
            Pacing::Step => pace.step(),
        }
        Ok(Answer::Paused(pace.is_paused()))
    }
}

/// The engine's word for a speed.
pub(crate) const fn engine_speed(speed: Speed) -> pace::Speed {
    match speed {
        Speed::Max => pace::Speed::Max,
        Speed::Tenths(tenths) => pace::Speed::Tenths(tenths),
    }
}

#[cfg(test)]
mod tests {
    use engine::Pace;

    use super::super::testing::clerk;
    use super::*;

    #[test]
    fn a_replay_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let mut clerk = clerk(folder.path());
        assert!(clerk.set_pace(Pacing::Pause).is_err(), "live traffic has its own pace");
        let pace = Pace::new(pace::Speed::Max);
        clerk.pace = Some(pace.clone());
        for (pacing, expected) in [
            (Pacing::Pause, true),
            (Pacing::Resume, false),
            (Pacing::Pause, true),
            (Pacing::Speed(Speed::Tenths(5)), false),
            (Pacing::Pause, true),
            (Pacing::Step, false),
        ] {
            let answer = clerk.set_pace(pacing).unwrap();
            assert!(matches!(answer, Answer::Paused(paused) if paused == expected), "{pacing:?}");
        }
        assert!(pace.found(), "it was a step");
    }
}
