//! A logo from an SVG: filled paths in flat colours. What a sheet cannot show as it was drawn
//! (text, gradients, masks, pictures) is refused by name, so that no crest is printed with a part
//! missing.

use usvg::roxmltree::{Document, Node, ParsingOptions};
use usvg::tiny_skia_path::{Path, PathSegment, Rect, Transform};
use usvg::{BlendMode, ClipPath, FillRule, Group, Options, Paint, Tree};

use super::{Art, Logo, LogoRefused};

/// Most elements, each repetition by `<use>` included.
const MOST_ELEMENTS: usize = 20_000;
/// Deepest nesting of elements.
const DEEPEST: usize = 100;
/// Most points of all paths.
const MOST_POINTS: usize = 200_000;
/// What may be outside the page, as a share of its size: rounding.
const OUTSIDE: f32 = 0.01;

/// Elements that are not printed.
const REFUSED: [&str; 15] = [
    "script",
    "foreignObject",
    "image",
    "feImage",
    "text",
    "textPath",
    "animate",
    "animateMotion",
    "animateTransform",
    "set",
    "iframe",
    "video",
    "audio",
    "filter",
    "mask",
];

/// A filled path in one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The outline.
    pub path: Path,
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// From 0 to 1.
    pub opacity: f32,
    /// Fill by the even-odd rule instead of the non-zero one.
    pub even_odd: bool,
}

pub(super) fn read(text: &str) -> Result<Logo, LogoRefused> {
    // An entity can repeat a text a million times, and name a file.
    if !text.contains("<svg") && !text.contains(":svg") {
        return Err(LogoRefused::Format);
    }
    if text.contains("<!ENTITY") {
        return Err(LogoRefused::Outside);
    }
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: 4 * MOST_ELEMENTS as u32,
        ..ParsingOptions::default()
    };
    let document =
        Document::parse_with_options(text, options).map_err(|e| LogoRefused::Xml(e.to_string()))?;
    check(&document)?;
    let tree = Tree::from_xmltree(&document, &Options::default())
        .map_err(|e| LogoRefused::Xml(e.to_string()))?;
    let mut shapes = Shapes(Vec::new(), 0);
    shapes.add(tree.root())?;
    let size = tree.size();
    let page = Rect::from_xywh(0.0, 0.0, size.width(), size.height()).ok_or(LogoRefused::Empty)?;
    shapes.fitted(page)
}

/// Checks the elements and references, before anything is expanded.
fn check(document: &Document<'_>) -> Result<(), LogoRefused> {
    for node in document.descendants() {
        if node.ancestors().take(DEEPEST + 1).count() > DEEPEST {
            return Err(LogoRefused::Complex);
        }
        let name = node.tag_name().name();
        if let Some(refused) = REFUSED.into_iter().find(|refused| *refused == name) {
            return Err(LogoRefused::Element(refused));
        }
        if name == "style" && node.text().is_some_and(refers_outside) {
            return Err(LogoRefused::Outside);
        }
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value().trim());
            if name == "href" && !value.starts_with('#') || refers_outside(value) {
                return Err(LogoRefused::Outside);
            }
        }
    }
    expands_little(document)
}

/// Whether a style sheet or a value refers to anything but an element of the same file.
fn refers_outside(style: &str) -> bool {
    style.contains("@import")
        || style.match_indices("url(").any(|(at, found)| {
            let target = style.get(at + found.len()..).unwrap_or_default();
            !target
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
                .starts_with('#')
        })
}

/// Counts the elements as if each `<use>` were written out. A circle of them ends at the limit.
fn expands_little(document: &Document<'_>) -> Result<(), LogoRefused> {
    let named: std::collections::HashMap<&str, Node<'_, '_>> = document
        .descendants()
        .filter_map(|node| Some((node.attribute("id")?, node)))
        .collect();
    let (mut waiting, mut count) = (vec![document.root_element()], 0);
    while let Some(node) = waiting.pop() {
        count += 1;
        if count + waiting.len() > MOST_ELEMENTS {
            return Err(LogoRefused::Complex);
        }
        waiting.extend(node.children().filter(Node::is_element));
        if node.tag_name().name() == "use" {
            let target = node
                .attributes()
                .find(|attribute| attribute.name() == "href")
                .and_then(|attribute| named.get(attribute.value().trim().trim_start_matches('#')));
            waiting.extend(target.copied());
        }
    }
    Ok(())
}

/// The shapes, and the number of their points.
struct Shapes(Vec<Shape>, usize);

impl Shapes {
    fn add(&mut self, group: &Group) -> Result<(), LogoRefused> {
        check_effects(group)?;
        for node in group.children() {
            match node {
                usvg::Node::Group(group) => self.add(group)?,
                usvg::Node::Path(path) if path.is_visible() => self.path(path)?,
                usvg::Node::Path(_) => {}
                usvg::Node::Image(_) => return Err(LogoRefused::Element("image")),
                usvg::Node::Text(_) => return Err(LogoRefused::Element("text")),
            }
        }
        Ok(())
    }

    fn path(&mut self, path: &usvg::Path) -> Result<(), LogoRefused> {
        let at = path.abs_transform();
        let fill = path.fill().map(|fill| {
            let even_odd = fill.rule() == FillRule::EvenOdd;
            self.shape(
                path.data().clone().transform(at),
                fill.paint(),
                fill.opacity().get(),
                even_odd,
            )
        });
        let stroke = path.stroke().map(|stroke| {
            let outline = stroke.to_tiny_skia();
            let dashed = outline.dash.as_ref().map_or_else(
                || Some(path.data().clone()),
                |dash| path.data().dash(dash, 1.0),
            );
            let outline = dashed.and_then(|path| path.stroke(&outline, 1.0));
            self.shape(
                outline.and_then(|outline| outline.transform(at)),
                stroke.paint(),
                stroke.opacity().get(),
                false,
            )
        });
        let order = match path.paint_order() {
            usvg::PaintOrder::FillAndStroke => [fill, stroke],
            usvg::PaintOrder::StrokeAndFill => [stroke, fill],
        };
        for shape in order.into_iter().flatten() {
            self.0.extend(shape?);
        }
        Ok(())
    }

    fn shape(
        &mut self,
        path: Option<Path>,
        paint: &Paint,
        opacity: f32,
        even_odd: bool,
    ) -> Result<Option<Shape>, LogoRefused> {
        let Paint::Color(colour) = paint else {
            let gradient = !matches!(paint, Paint::Pattern(_));
            return Err(LogoRefused::Effect(if gradient {
                "a gradient"
            } else {
                "a pattern"
            }));
        };
        let Some(path) = path else { return Ok(None) };
        self.1 += path.len();
        if self.1 > MOST_POINTS {
            return Err(LogoRefused::Complex);
        }
        Ok(Some(Shape {
            path,
            colour: [colour.red, colour.green, colour.blue],
            opacity,
            even_odd,
        }))
    }

    /// The logo: the box around all shapes, except shapes beside the page.
    fn fitted(mut self, page: Rect) -> Result<Logo, LogoRefused> {
        self.0
            .retain(|shape| shape.opacity > 0.0 && bounds(&shape.path).intersect(&page).is_some());
        let boxes = self.0.iter().map(|shape| bounds(&shape.path));
        let around = boxes
            .reduce(|a, b| a.join(&b).unwrap_or(a))
            .ok_or(LogoRefused::Empty)?;
        let most = OUTSIDE * page.width().max(page.height());
        let outside = around.left() < page.left() - most
            || around.top() < page.top() - most
            || around.right() > page.right() + most
            || around.bottom() > page.bottom() + most;
        if outside {
            return Err(LogoRefused::OffPage);
        }
        if around.width() <= 0.0 || around.height() <= 0.0 {
            return Err(LogoRefused::Empty);
        }
        let moved = Transform::from_translate(-around.left(), -around.top());
        let shapes = self.0.into_iter().filter_map(|shape| {
            let path = shape.path.transform(moved)?;
            Some(Shape { path, ..shape })
        });
        Ok(Logo {
            width: around.width(),
            height: around.height(),
            art: Art::Shapes(shapes.collect()),
        })
    }
}

/// The box around a path, without the control points of its curves.
fn bounds(path: &Path) -> Rect {
    path.compute_tight_bounds().unwrap_or_else(|| path.bounds())
}

fn check_effects(group: &Group) -> Result<(), LogoRefused> {
    let clipped = group.clip_path().is_some_and(|clip| {
        // Drawing programs clip each page to its own edge, which changes nothing.
        clip.clip_path().is_some() || !covers(clip, group)
    });
    let effect = if clipped {
        "a clipping path"
    } else if group.mask().is_some() {
        "a mask"
    } else if !group.filters().is_empty() {
        "a filter"
    } else if group.blend_mode() != BlendMode::Normal {
        "blending"
    } else if group.opacity().get() < 1.0 {
        "a half-transparent group"
    } else {
        return Ok(());
    };
    Err(LogoRefused::Effect(effect))
}

/// Whether a clipping path is one upright rectangle around the whole group.
fn covers(clip: &ClipPath, group: &Group) -> bool {
    let all = group.abs_stroke_bounding_box();
    let [usvg::Node::Path(path)] = clip.root().children() else {
        return false;
    };
    let Some(outline) = path.data().clone().transform(
        group
            .abs_transform()
            .pre_concat(clip.transform())
            .pre_concat(path.abs_transform()),
    ) else {
        return false;
    };
    let bounds = outline.bounds();
    let at_edge = |at: f32, low: f32, high: f32| {
        let near = (high - low).abs() * OUTSIDE;
        (at - low).abs() <= near || (at - high).abs() <= near
    };
    let corners = outline.segments().all(|segment| match segment {
        PathSegment::MoveTo(point) | PathSegment::LineTo(point) => {
            at_edge(point.x, bounds.left(), bounds.right())
                && at_edge(point.y, bounds.top(), bounds.bottom())
        }
        PathSegment::Close => true,
        PathSegment::QuadTo(..) | PathSegment::CubicTo(..) => false,
    });
    let (dx, dy) = (bounds.width() * OUTSIDE, bounds.height() * OUTSIDE);
    corners
        && outline.len() <= 6
        && bounds.left() - dx <= all.left()
        && bounds.top() - dy <= all.top()
        && bounds.right() + dx >= all.right()
        && bounds.bottom() + dy >= all.bottom()
}
