//! A photo in a document: a JPEG, which a PDF contains as it is.

use std::sync::Arc;

use krilla::image::Image;

/// The file is not a JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a photo of the document is not a JPEG")]
pub struct NotAJpeg;

/// A photo. Cheap to clone.
#[derive(Clone)]
pub struct Photo {
    /// The picture for a PDF.
    pub(crate) image: Image,
    /// The JPEG.
    pub(crate) jpeg: Arc<[u8]>,
    /// Height divided by width.
    pub(crate) shape: f32,
}

impl Photo {
    /// Reads a JPEG. It must already be free of metadata.
    ///
    /// # Errors
    /// [`NotAJpeg`].
    pub fn read(jpeg: &[u8]) -> Result<Self, NotAJpeg> {
        let image = Image::from_jpeg(jpeg.to_vec().into(), false).map_err(|_| NotAJpeg)?;
        let (width, height) = image.size();
        if width == 0 || height == 0 {
            return Err(NotAJpeg);
        }
        Ok(Self {
            image,
            jpeg: jpeg.into(),
            shape: height as f32 / width as f32,
        })
    }
}
