/** Video drawn by the fakes: a person in front of a camera, a landscape, and a test pattern. */
export type Scene = 'person' | 'place' | 'pattern';

/** Draws a scene on a canvas. */
export function paint(canvas: HTMLCanvasElement, scene: Scene): void {
  const draw = canvas.getContext('2d');
  if (!draw) return;
  const { width: w, height: h } = canvas;
  if (scene === 'pattern') {
    pattern(draw, w, h);
    return;
  }
  const sky = draw.createLinearGradient(0, 0, w * 0.3, h);
  const colors = scene === 'place' ? ['#27456b', '#b86f5c', '#f0b67a'] : ['#3d4b52', '#6d7a74', '#a99878'];
  for (const [index, color] of colors.entries()) sky.addColorStop(index / 2, color);
  draw.fillStyle = sky;
  draw.fillRect(0, 0, w, h);
  if (scene === 'place') place(draw, w, h);
  else person(draw, w, h);
}

function place(draw: CanvasRenderingContext2D, w: number, h: number): void {
  draw.fillStyle = '#ffe2b0';
  draw.beginPath();
  draw.arc(w * 0.66, h * 0.52, h * 0.09, 0, Math.PI * 2);
  draw.fill();
  const ridges = ['#6a5566', '#443f56', '#2a2d42', '#171b2a'];
  ridges.forEach((color, layer) => {
    draw.fillStyle = color;
    draw.beginPath();
    draw.moveTo(0, h);
    for (let x = 0; x <= w; x += 8) {
      const y = h * (0.55 + layer * 0.1) + Math.sin(x / (90 + layer * 40) + layer * 2) * (50 - layer * 6);
      draw.lineTo(x, y + Math.sin(x / 23 + layer) * 8);
    }
    draw.lineTo(w, h);
    draw.fill();
  });
}

function person(draw: CanvasRenderingContext2D, w: number, h: number): void {
  draw.fillStyle = '#2b3533';
  draw.fillRect(w * 0.06, h * 0.1, w * 0.2, h * 0.55);
  draw.fillStyle = '#c9b384';
  draw.fillRect(w * 0.075, h * 0.125, w * 0.17, h * 0.5);
  draw.fillStyle = '#1f3d4c';
  draw.beginPath();
  draw.ellipse(w * 0.53, h * 1.08, w * 0.24, h * 0.42, 0, 0, Math.PI * 2);
  draw.fill();
  draw.fillStyle = '#d3a281';
  draw.fillRect(w * 0.5, h * 0.55, w * 0.06, h * 0.16);
  draw.beginPath();
  draw.ellipse(w * 0.53, h * 0.43, w * 0.085, h * 0.2, 0, 0, Math.PI * 2);
  draw.fill();
  draw.fillStyle = '#33241d';
  draw.beginPath();
  draw.ellipse(w * 0.53, h * 0.31, w * 0.095, h * 0.14, 0, Math.PI, Math.PI * 2);
  draw.fill();
}

function pattern(draw: CanvasRenderingContext2D, w: number, h: number): void {
  const bars = ['#e8e8e8', '#d8d24a', '#48c6cf', '#4cbf5a', '#c552c0', '#cf4444', '#4450c9'];
  bars.forEach((color, index) => {
    draw.fillStyle = color;
    draw.fillRect((index * w) / bars.length, 0, w / bars.length + 1, h);
  });
  draw.fillStyle = '#111';
  draw.fillRect(w * 0.28, h * 0.38, w * 0.44, h * 0.24);
  draw.fillStyle = '#fff';
  draw.font = `600 ${h * 0.13}px monospace`;
  draw.textAlign = 'center';
  draw.textBaseline = 'middle';
  draw.fillText(new Date().toISOString().slice(11, 19), w / 2, h / 2);
}
