// What decides whether each text that shows can be read: its size in pixels and its contrast
// (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio).
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const parse = (text) => {
  const parts = text.match(/[\d.]+/g);
  return parts && (parts.length < 4 || +parts[3]) ? parts.slice(0, 3).map(Number) : null;
};
const behind = (element) => {
  if (element instanceof SVGElement) {
    const rect = element.parentElement.querySelector(":scope > rect");
    const fill = rect && parse(getComputedStyle(rect).fill);
    if (fill) return fill;
  }
  for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour) return colour;
  }
  return [255, 255, 255];
};
const hasText = (element) =>
  !["SCRIPT", "STYLE", "title"].includes(element.tagName) &&
  [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) &&
  element.getClientRects().length;
return [...document.querySelectorAll("body *")].filter(hasText).map((element) => {
  const style = getComputedStyle(element);
  const drawn = element instanceof SVGGraphicsElement;
  const matrix = drawn ? element.getScreenCTM() : { a: 1, b: 0 };
  const front = luminance(parse(drawn ? style.fill : style.color));
  const back = luminance(behind(element));
  return {
    text: element.textContent.trim().slice(0, 40),
    contrast: (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05),
    size: parseFloat(style.fontSize) * Math.hypot(matrix.a, matrix.b),
  };
});
