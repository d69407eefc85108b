//! The picture over synthetic and real inputs.
