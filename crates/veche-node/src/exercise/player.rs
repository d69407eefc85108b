//! The pace of an exercise on show: it plays, rests, steps and jumps. It is told how much time went by and reads no clock.

use super::play::{Game, PlayError};
use veche_ledger::{Seconds, UnixSeconds};

/// Real time, in thousandths: a second of the exercise a second.
pub const SPEED_REAL: u32 = 1000;
/// The pace of the demonstration: a minute of the exercise a second.
pub const SPEED_DEMO: u32 = 60 * SPEED_REAL;
/// The paces that a visitor may choose, with their words.
pub const SPEEDS: [(u32, &str); 4] = [
    (SPEED_REAL, "real time"),
    (10 * SPEED_REAL, "10 times"),
    (SPEED_DEMO, "60 times"),
    (600 * SPEED_REAL, "600 times"),
];

/// The longest that a visitor waits for the next inject while the exercise plays, in seconds: a script that waits for days is
/// carried over them faster than its pace.
pub const WAIT_MAX: Seconds = Seconds(8);

/// How an exercise is played.
#[derive(Debug, Clone)]
pub struct Player {
    is_playing: bool,
    speed: u32,
    /// Injects after which it rests, so that what they led to can be read.
    stops: Vec<u32>,
    /// When the present way to the next inject began.
    leg_from: UnixSeconds,
    /// Thousandths of a second of the exercise that are not yet a whole one.
    carried: u64,
    fault: Option<String>,
}

impl Player {
    /// Makes a player at rest.
    #[must_use]
    pub fn new(stops: Vec<u32>, speed: u32) -> Self {
        Self {
            is_playing: false,
            speed: speed.max(1),
            stops,
            leg_from: UnixSeconds::default(),
            carried: 0,
            fault: None,
        }
    }

    /// Returns true while it plays.
    #[must_use]
    pub const fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// Returns the chosen pace, in thousandths of real time.
    #[must_use]
    pub const fn speed(&self) -> u32 {
        self.speed
    }

    /// Returns why it could not be played on, if it could not.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Sets the pace: one of [`SPEEDS`]; another is not taken.
    pub fn set_speed(&mut self, speed: u32) -> bool {
        let is_known = SPEEDS.iter().any(|(known, _)| *known == speed);
        if is_known {
            self.speed = speed;
        }
        is_known
    }

    /// Lets it play on.
    pub fn play(&mut self, game: &Game) {
        self.is_playing = game.next().is_some();
        self.leg_from = game.now();
        self.carried = 0;
    }

    /// Lets it rest.
    pub const fn pause(&mut self) {
        self.is_playing = false;
    }

    /// Plays the next inject at once and rests. `millis`: a clock for how long injects take.
    ///
    /// # Errors
    /// [`PlayError`] if it cannot be done; the player says so from then on.
    pub fn step(
        &mut self,
        game: &mut Game,
        millis: &mut dyn FnMut() -> u64,
    ) -> Result<(), PlayError> {
        self.is_playing = false;
        let played = game.play_next(millis).map(drop);
        self.note(played)
    }

    /// Returns how fast the clock runs now, in thousandths of real time.
    #[must_use]
    pub fn rate(&self, game: &Game) -> u32 {
        let Some(next) = game.next().filter(|_| self.is_playing) else { return 0 };
        let gap = game.script().time_of(next).since(self.leg_from).0;
        let least = gap.saturating_mul(1000) / WAIT_MAX.0;
        self.speed.max(u32::try_from(least).unwrap_or(u32::MAX))
    }

    /// Lets `wall_millis` of real time go by. Returns true if an inject was played.
    ///
    /// # Errors
    /// [`PlayError`] if it cannot be done; it rests then.
    pub fn tick(
        &mut self,
        game: &mut Game,
        wall_millis: u64,
        millis: &mut dyn FnMut() -> u64,
    ) -> Result<bool, PlayError> {
        let rate = u64::from(self.rate(game));
        let Some(next) = game.next().filter(|_| self.is_playing) else {
            self.is_playing = false;
            return Ok(false);
        };
        let (id, next_at) = (next.id, game.script().time_of(next));
        self.carried += wall_millis.saturating_mul(rate) / 1000;
        let to = game.now() + Seconds(self.carried / 1000);
        self.carried %= 1000;
        if to < next_at {
            let done = game.advance(to);
            return self.note(done).map(|()| false);
        }
        let played = game.play_next(millis).map(drop);
        self.leg_from = game.now();
        self.carried = 0;
        self.note(played)?;
        self.is_playing = !self.stops.contains(&id) && game.next().is_some();
        Ok(true)
    }

    fn note(&mut self, done: Result<(), PlayError>) -> Result<(), PlayError> {
        if let Err(error) = &done {
            self.is_playing = false;
            self.fault = Some(error.to_string());
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped::Shipped;

    fn game() -> Game {
        let shipped = Shipped::find("first-hour").unwrap();
        Game::new(shipped.script().unwrap(), shipped.charter, shipped.files(), None, None).unwrap()
    }

    #[test]
    fn it_rests_after_an_inject_that_has_a_sentence() {
        let mut game = game();
        let mut player = Player::new(vec![2], SPEED_DEMO);
        player.play(&game);
        let mut played = 0;
        for _ in 0..10_000 {
            played += u32::from(player.tick(&mut game, 500, &mut || 0).unwrap());
        }
        assert_eq!((played, player.is_playing()), (2, false));
        assert_eq!(game.outcomes().len(), 2);
    }

    #[test]
    fn an_hour_until_the_next_inject_takes_no_longer_than_the_longest_wait() {
        let mut game = game();
        let mut player = Player::new(Vec::new(), SPEED_REAL);
        player.play(&game);
        let ticks = (1..100).find(|_| player.tick(&mut game, 500, &mut || 0).unwrap());
        assert!(ticks.is_some_and(|ticks| ticks <= 17), "{ticks:?}");
    }

    #[test]
    fn at_rest_no_time_goes_by() {
        let mut game = game();
        let before = game.now();
        let mut player = Player::new(Vec::new(), SPEED_DEMO);
        assert!(!player.tick(&mut game, 60_000, &mut || 0).unwrap());
        assert_eq!((game.now(), player.rate(&game)), (before, 0));
    }

    #[test]
    fn only_the_paces_on_the_page_are_taken() {
        let mut player = Player::new(Vec::new(), SPEED_DEMO);
        assert!(player.set_speed(SPEED_REAL) && !player.set_speed(7));
        assert_eq!(player.speed(), SPEED_REAL);
    }
}
