//! Reading a posted form, whatever bytes come: bounded memory and work, room for photos that is
//! shared fairly, and nothing that came left out in silence (promises P2, P6, P8).

mod cost;
mod multipart;
mod room;
mod told;
mod wait;
