//! Reading a posted form, for any request body: bounded memory and work, fair sharing of the room
//! for photos, and no input dropped without notice (promises P2, P6, P8).

mod cost;
mod multipart;
mod room;
mod told;
mod wait;
