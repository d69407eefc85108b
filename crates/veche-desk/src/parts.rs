//! Pieces that several pages show, each with its model and its HTML.

mod act;
mod event_class;
mod fan;
mod label;
mod level;
mod marked;
mod record;
mod refusal;
mod reliability;
mod series;
mod spot;
mod stance;
mod state;
mod stepper;
mod timeline;

pub use act::{Choice, Control, Form, FormField, Weight};
pub use event_class::EventClass;
pub use fan::{Fan, FanBand, FanMonth};
pub use label::{Label, Tlp};
pub use level::Level;
pub use marked::{Marked, WordPart};
pub use record::{Article, Link, RecordRef, RecordRow};
pub use refusal::Refusal;
pub use reliability::{ReliabilityChart, ReliabilityPoint};
pub use series::{Series, SeriesPoint};
pub use spot::Spot;
pub use stance::Stance;
pub use state::{State, Tone};
pub use stepper::{Progress, Step};
pub use timeline::{Lane, Mark, Shape, Timeline};

pub(crate) use record::{hash_html, link_html, records_html};
pub(crate) use stepper::html as stepper_html;
