/**
 * A QR code (ISO/IEC 18004) of a short text, as rows of dark and light modules: bytes, error correction level M, the
 * smallest version that holds the text, up to 20. A VietQR content takes version 8 or so.
 */

const LARGEST_VERSION = 20;
// Level M by version: error correction codewords of each block, and the number of blocks.
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const BYTE_MODE = 0b0100;
const PADDING = [0xec, 0x11];
const FIELD = 0x11d; // the polynomial of GF(256)
const FORMAT = { polynomial: 0b10100110111, degree: 10, mask: 0b101010000010010, level: 0b00 };
const VERSION_INFO = { polynomial: 0b1111100100101, degree: 12, from: 7 };

const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

const sizeOf = (version) => 17 + 4 * version;
const range = (length) => Array.from({ length }, (_, index) => index);

/** Where alignment patterns are centred, on both axes. @param {number} version @returns {number[]} */
export function alignmentCentres(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...range(count - 1).map((index) => last - step * (count - 2 - index))];
}

/** Modules of a version that carry codewords. @param {number} version */
function dataModules(version) {
  const centres = alignmentCentres(version).length;
  const finders = 3 * 64;
  const alignment = centres ? (centres * centres - 3) * 25 - (centres - 2) * 2 * 5 : 0;
  const timing = 2 * (sizeOf(version) - 16);
  const information = 31 + (version >= VERSION_INFO.from ? 36 : 0);
  return sizeOf(version) ** 2 - finders - alignment - timing - information;
}

/** Codewords of a version: all, and those left for data. @param {number} version */
function capacity(version) {
  const total = Math.floor(dataModules(version) / 8);
  return { total, data: total - CORRECTION[version - 1] * BLOCKS[version - 1] };
}

const lengthBits = (version) => (version < 10 ? 8 : 16);

/** @param {number} length  bytes */
function smallestVersion(length) {
  const fits = (version) => 4 + lengthBits(version) + 8 * length <= 8 * capacity(version).data;
  const version = range(LARGEST_VERSION).map((index) => index + 1).find(fits);
  if (!version) throw new RangeError(`${length} bytes are too many`);
  return version;
}

const bitsOf = (value, count) => range(count).map((index) => (value >>> (count - 1 - index)) & 1);

/** The text as data codewords, padded. @param {Uint8Array} bytes @param {number} version @returns {number[]} */
function dataCodewords(bytes, version) {
  const room = 8 * capacity(version).data;
  const bits = [...bitsOf(BYTE_MODE, 4), ...bitsOf(bytes.length, lengthBits(version)), ...[...bytes].flatMap((byte) => bitsOf(byte, 8))];
  bits.push(...Array(Math.min(4, room - bits.length)).fill(0));
  bits.push(...Array((8 - (bits.length % 8)) % 8).fill(0));
  for (let turn = 0; bits.length < room; turn += 1) bits.push(...bitsOf(PADDING[turn % 2], 8));
  return range(bits.length / 8).map((index) => bits.slice(8 * index, 8 * index + 8).reduce((value, bit) => 2 * value + bit, 0));
}

/** The product in GF(256). */
function times(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ (product & 0x80 ? FIELD : 0);
    if ((b >>> bit) & 1) product ^= a;
  }
  return product;
}

/** The Reed-Solomon generator of a degree, without its leading one. @param {number} degree @returns {number[]} */
function generator(degree) {
  let factors = [1];
  let root = 1;
  for (let step = 0; step < degree; step += 1) {
    factors = [...factors, 0].map((factor, index) => factor ^ (index ? times(factors[index - 1], root) : 0));
    root = times(root, 2);
  }
  return factors.slice(1);
}

/** The error correction codewords of a block. @param {number[]} block @param {number[]} factors @returns {number[]} */
function correction(block, factors) {
  return block.reduce((rest, byte) => {
    const lead = byte ^ rest[0];
    return [...rest.slice(1), 0].map((value, index) => value ^ times(factors[index], lead));
  }, Array(factors.length).fill(0));
}

const interleaved = (blocks) =>
  range(Math.max(...blocks.map((block) => block.length))).flatMap((index) =>
    blocks.filter((block) => index < block.length).map((block) => block[index]));

/** Data and error correction in the order in which they are drawn. @param {number[]} data @param {number} version */
function allCodewords(data, version) {
  const count = BLOCKS[version - 1];
  const short = Math.floor(data.length / count);
  const longOnes = data.length % count;
  let start = 0;
  const blocks = range(count).map((index) => {
    const block = data.slice(start, start + short + (index >= count - longOnes ? 1 : 0));
    start += block.length;
    return block;
  });
  const factors = generator(CORRECTION[version - 1]);
  return [...interleaved(blocks), ...interleaved(blocks.map((block) => correction(block, factors)))];
}

/** A value with its BCH remainder behind it. @param {number} value @param {{polynomial: number, degree: number}} code */
function withRemainder(value, { polynomial, degree }) {
  let rest = value;
  for (let step = 0; step < degree; step += 1) rest = (rest << 1) ^ ((rest << 1) >>> degree & 1 ? polynomial : 0);
  return (value << degree) | (rest & ((1 << degree) - 1));
}

/** A square of modules: `dark` is what is seen, `fixed` what no data may use. @param {number} version */
function emptySquare(version) {
  const size = sizeOf(version);
  const square = { version, size, dark: range(size).map(() => Array(size).fill(false)), fixed: range(size).map(() => Array(size).fill(false)) };
  drawFinders(square);
  drawAlignment(square);
  drawTiming(square);
  drawFormat(square, 0);
  drawVersion(square);
  return square;
}

function put(square, x, y, dark) {
  if (x < 0 || y < 0 || x >= square.size || y >= square.size) return;
  square.dark[y][x] = Boolean(dark);
  square.fixed[y][x] = true;
}

/** Rings around a centre; those whose distance is in `light` stay light. */
function drawRings(square, centreX, centreY, radius, light) {
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1) {
      put(square, centreX + dx, centreY + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  }
}

function drawFinders(square) {
  const far = square.size - 4;
  for (const [x, y] of [[3, 3], [far, 3], [3, far]]) drawRings(square, x, y, 4, [2, 4]);
}

function drawAlignment(square) {
  const centres = alignmentCentres(square.version);
  for (const y of centres) for (const x of centres) if (!square.fixed[y][x]) drawRings(square, x, y, 2, [1]);
}

function drawTiming(square) {
  for (let index = 8; index < square.size - 8; index += 1) {
    put(square, index, 6, index % 2 === 0);
    put(square, 6, index, index % 2 === 0);
  }
}

/** Level and mask, twice, and the module that is always dark. */
function drawFormat(square, mask) {
  const bits = bitsOf(withRemainder((FORMAT.level << 3) | mask, FORMAT) ^ FORMAT.mask, 15);
  const last = square.size - 1;
  const along = [0, 1, 2, 3, 4, 5, 7, 8, 8, 8, 8, 8, 8, 8, 8];
  const down = [8, 8, 8, 8, 8, 8, 8, 8, 7, 5, 4, 3, 2, 1, 0];
  bits.forEach((bit, index) => {
    put(square, along[index], down[index], bit);
    if (index < 7) put(square, 8, last - index, bit);
    else put(square, last - 14 + index, 8, bit);
  });
  put(square, 8, square.size - 8, true);
}

function drawVersion(square) {
  if (square.version < VERSION_INFO.from) return;
  const bits = bitsOf(withRemainder(square.version, VERSION_INFO), 18).reverse();
  bits.forEach((bit, index) => {
    const [along, across] = [Math.floor(index / 3), square.size - 11 + (index % 3)];
    put(square, along, across, bit);
    put(square, across, along, bit);
  });
}

/** The places of data: two columns at a time from the right, upwards and downwards by turns. */
function* dataPlaces({ size, fixed }) {
  let upwards = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1; // the timing column
    for (const step of range(size)) {
      const y = upwards ? size - 1 - step : step;
      for (const x of [right, right - 1]) if (!fixed[y][x]) yield [x, y];
    }
    upwards = !upwards;
  }
}

function drawData(square, codewords) {
  const bits = codewords.flatMap((codeword) => bitsOf(codeword, 8));
  let index = 0;
  for (const [x, y] of dataPlaces(square)) square.dark[y][x] = bits[index++] === 1;
}

/** The square under a mask, with the format that says so. */
function masked(square, mask) {
  const copy = { ...square, dark: square.dark.map((row) => [...row]) };
  for (const [x, y] of dataPlaces(square)) copy.dark[y][x] = copy.dark[y][x] !== MASKS[mask](x, y);
  drawFormat(copy, mask);
  return copy;
}

const LINES = /1{5,}|0{5,}/g;
const FINDER_LIKE = /(?=10111010000|00001011101)/g;

/** How hard a square is to read: long lines, blocks, patterns like a finder's, too much dark or light. */
function penalty({ dark, size }) {
  const columns = range(size).map((x) => dark.map((row) => row[x]));
  const lines = [...dark, ...columns].map((line) => line.map(Number).join(""));
  const inLines = (line) =>
    [...line.matchAll(LINES)].reduce((sum, [found]) => sum + found.length - 2, 0) + 40 * [...line.matchAll(FINDER_LIKE)].length;
  const isBlock = (x, y) => dark[y][x] === dark[y][x + 1] && dark[y][x] === dark[y + 1][x] && dark[y][x] === dark[y + 1][x + 1];
  const blocks = range(size - 1).flatMap((y) => range(size - 1).filter((x) => isBlock(x, y))).length;
  const share = (100 * dark.flat().filter(Boolean).length) / size ** 2;
  return lines.reduce((sum, line) => sum + inLines(line), 0) + 3 * blocks + 10 * Math.floor(Math.abs(share - 50) / 5);
}

/**
 * The QR code of a text: rows of modules, true is dark. Around it belong four modules of light.
 * @param {string} text
 * @param {number} [mask]  one of the eight; without it the one that is easiest to read
 * @returns {boolean[][]}
 * @throws {RangeError} where the text is too long
 */
export function qrCode(text, mask) {
  const bytes = new TextEncoder().encode(text);
  const version = smallestVersion(bytes.length);
  const square = emptySquare(version);
  drawData(square, allCodewords(dataCodewords(bytes, version), version));
  if (mask !== undefined) return masked(square, mask).dark;
  const all = MASKS.map((_, index) => masked(square, index));
  const hardest = all.map(penalty);
  return all[hardest.indexOf(Math.min(...hardest))].dark;
}
