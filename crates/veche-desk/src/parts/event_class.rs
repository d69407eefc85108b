//! The classes of events: a shape and a name each.

use crate::html::Html;
use crate::texts;

/// What kind of event a source reports. Which coded event type maps to which class is data of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum EventClass {
    /// Armed clash.
    ArmedClash,
    /// Terrorism.
    Terrorism,
    /// Border incident.
    Border,
    /// Mobilisation or movement of forces.
    Movement,
    /// Unrest.
    Unrest,
    /// Political or diplomatic.
    #[default]
    Political,
    /// Cyber.
    Cyber,
    /// Disinformation.
    Disinformation,
    /// Infrastructure.
    Infrastructure,
    /// Natural hazard.
    NaturalHazard,
    /// Biological or chemical.
    Biological,
    /// Humanitarian.
    Humanitarian,
    /// Co-operation or aid.
    Cooperation,
}

impl EventClass {
    /// Returns the name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ArmedClash => texts::event::ARMED_CLASH,
            Self::Terrorism => texts::event::TERRORISM,
            Self::Border => texts::event::BORDER,
            Self::Movement => texts::event::MOVEMENT,
            Self::Unrest => texts::event::UNREST,
            Self::Political => texts::event::POLITICAL,
            Self::Cyber => texts::event::CYBER,
            Self::Disinformation => texts::event::DISINFORMATION,
            Self::Infrastructure => texts::event::INFRASTRUCTURE,
            Self::NaturalHazard => texts::event::NATURAL_HAZARD,
            Self::Biological => texts::event::BIOLOGICAL,
            Self::Humanitarian => texts::event::HUMANITARIAN,
            Self::Cooperation => texts::event::COOPERATION,
        }
    }

    /// Returns the shape in a box of 12 by 12 centred at the origin, and whether it is filled.
    pub(crate) const fn shape(self) -> (&'static str, bool) {
        match self {
            Self::ArmedClash => ("M-4-4 4 4M4-4-4 4", false),
            Self::Terrorism => ("M0-5 1.5-1.5 5 0 1.5 1.5 0 5-1.5 1.5-5 0-1.5-1.5z", true),
            Self::Border => ("M-5 0h10M-2-4v8M2-4v8", false),
            Self::Movement => ("M-4 3 0-1 4 3M-4-1 0-5 4-1", false),
            Self::Unrest => ("M0-5 5 4h-10z", true),
            Self::Political => ("M-3.4-3.4h6.8v6.8h-6.8z", true),
            Self::Cyber => ("M-3.6-3.6h7.2v7.2h-7.2zM-3.6 0h7.2M0-3.6v7.2", false),
            Self::Disinformation => ("M-4.5-3.5h9v5.4h-5l-2.4 2.6v-2.6h-1.6z", false),
            Self::Infrastructure => ("M-4 5 0-5 4 5M-3 2h6M-2-1h4", false),
            Self::NaturalHazard => ("M-5 0l2-4 2 8 2-8 2 8 2-4", false),
            Self::Biological => {
                ("M2 0a2 2 0 1 1-4 0 2 2 0 1 1 4 0M0-2v-2.8M0 2v2.8M-2 0h-2.8M2 0h2.8", false)
            }
            Self::Humanitarian => {
                ("M-1.6-5h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4v-3.2h3.4z", true)
            }
            Self::Cooperation => ("M4 0a4 4 0 1 1-8 0 4 4 0 1 1 8 0", false),
        }
    }

    /// Returns the symbol for use beside its name, 18 px.
    pub(crate) fn symbol(&self) -> Html {
        let (path, filled) = self.shape();
        let class = if filled { "f" } else { "o" };
        Html::already_escaped(format!(
            "<svg class=\"symbol\" viewBox=\"-8 -8 16 16\" width=\"18\" height=\"18\" aria-hidden=\"true\"><path class=\"{class}\" d=\"{path}\"/></svg>"
        ))
    }
}
