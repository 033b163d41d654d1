# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Images of every kind the reader of image folders takes, and what they hold.

Writes tests/vectors/images/*.png, *.jpg (a few dozen pixels each) and images.json: per file the upright RGB
and grey values, [height][width][channels] as hex, by Pillow: convert("RGB"), a paste over the background,
convert("L"), ImageOps.exif_transpose. What Pillow does not read as it should (16 bits a channel) is computed
here from the definition in runtime/data/image.h. images.json also has what torchvision makes of an image
under Resize and CenterCrop.

    python tests/vectors/make_images.py        (needs Pillow, numpy, torch, torchvision)
"""
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms.v2 import functional as F

HERE = pathlib.Path(__file__).parent / "images"
BACKGROUND = (10, 200, 30)
H, W = 11, 14
rng = np.random.default_rng(7)


def smooth(height, width, channels):
    """A picture that JPEG keeps well: gradients and a disc."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 / (width - 1), y * 255 / (height - 1), 255 * ((x - width / 3) ** 2 + (y - height / 2) ** 2 < 9),
              (x + y) * 255 / (width + height - 2)]
    return np.stack(planes[:channels], -1).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_rows(rows, bits):
    """rows: [height][values]; each value in `bits` bits, most significant first, a filter byte before each row."""
    out = b""
    for row in rows:
        if bits == 16:
            data = row.astype(">u2").tobytes()
        elif bits == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            text = "".join(format(int(v), f"0{bits}b") for v in row)
            text += "0" * (-len(text) % 8)
            data = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        out += b"\0" + data
    return out


def png(values, bits, colour, before=b"", interlaced=False):
    """values: [height][width] or [height][width][channels]; colour: PNG's colour type."""
    height, width = values.shape[:2]
    flat = values.reshape(height, width, -1)
    if interlaced:
        body = b""
        for y0, x0, dy, dx in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
                               (1, 0, 2, 1)]:
            part = flat[y0::dy, x0::dx]
            if part.size:
                body += pack_rows(part.reshape(part.shape[0], -1), bits)
    else:
        body = pack_rows(flat.reshape(height, -1), bits)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(body, 9))
            + chunk(b"IEND", b""))


def over(rgb, alpha):
    """Composed over the background, rounded."""
    a = alpha.astype(np.int64)[..., None]
    total = rgb.astype(np.int64) * a + np.array(BACKGROUND) * (255 - a)
    return ((2 * total + 255) // 510).astype(np.uint8)


def to_8(values):
    return ((values.astype(np.int64) * 255 + 32895) >> 16).astype(np.uint8)


def by_pillow(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        under = Image.new("RGB", image.size, BACKGROUND)
        under.paste(image.convert("RGB"), mask=image.getchannel("A"))
        return np.asarray(under)
    return np.asarray(image.convert("RGB"))


cases = {}


def add(name, data, rgb=None, slack=0):
    rgb = by_pillow(data) if rgb is None else rgb
    grey = np.asarray(Image.fromarray(rgb, "RGB").convert("L"))
    (HERE / name).write_bytes(data)
    cases[name] = {"height": rgb.shape[0], "width": rgb.shape[1], "rgb": rgb.tobytes().hex(),
                   "grey": grey.tobytes().hex(), "slack": slack}


def jpeg(values, mode, **options):
    out = io.BytesIO()
    Image.fromarray(values, mode).save(out, "JPEG", quality=90, **options)
    return out.getvalue()


def main():
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    rgb, grey = smooth(H, W, 3), smooth(H, W, 4)[..., 3]
    alpha = rng.integers(0, 256, (H, W), dtype=np.uint8)
    wide = rng.integers(0, 65536, (H, W, 4)).astype(np.uint16)
    add("grey1.png", png(grey >> 7, 1, 0))
    add("grey2.png", png(grey >> 6, 2, 0), np.repeat((grey >> 6)[..., None] * 85, 3, 2).astype(np.uint8))
    add("grey4.png", png(grey >> 4, 4, 0), np.repeat((grey >> 4)[..., None] * 17, 3, 2).astype(np.uint8))
    add("grey8.png", png(grey, 8, 0))
    add("grey16.png", png(wide[..., 0], 16, 0), np.repeat(to_8(wide[..., :1]), 3, 2))
    add("grey8_alpha.png", png(np.dstack([grey, alpha]), 8, 4))
    add("rgb8.png", png(rgb, 8, 2))
    add("rgb8_interlaced.png", png(rgb, 8, 2, interlaced=True))
    add("rgb8_key.png", png(rgb, 8, 2, before=chunk(b"tRNS", struct.pack(">HHH", *map(int, rgb[3, 4])))))
    add("rgb16.png", png(wide[..., :3], 16, 2), to_8(wide[..., :3]))
    add("rgba8.png", png(np.dstack([rgb, alpha]), 8, 6))
    add("rgba16.png", png(wide, 16, 6), over(to_8(wide[..., :3]), to_8(wide[..., 3])))
    palette = rng.integers(0, 256, (16, 3), dtype=np.uint8)
    plte = chunk(b"PLTE", palette.tobytes())
    index = rng.integers(0, 16, (H, W))
    add("palette4.png", png(index, 4, 3, plte))
    add("palette8_alpha.png", png(index, 8, 3, plte + chunk(b"tRNS", bytes(range(0, 256, 23)))))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        add(f"turned{orientation}.jpg", jpeg(rgb, "RGB", exif=exif.tobytes()), slack=1)
    big = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">HHHIHH", 1, 0x0112, 3, 1, 6, 0) + struct.pack(">I", 0)
    add("turned6.png", png(rgb, 8, 2, before=chunk(b"eXIf", big)))
    add("rgb420.jpg", jpeg(rgb, "RGB", subsampling=2), slack=1)
    add("rgb444.jpg", jpeg(rgb, "RGB", subsampling=0), slack=1)
    add("progressive.jpg", jpeg(rgb, "RGB", progressive=True), slack=1)
    add("grey.jpg", jpeg(grey, "L"), slack=1)
    add("cmyk.jpg", jpeg(np.dstack([rgb, grey]), "CMYK"), slack=2)

    photo = smooth(37, 50, 3)
    resized = []
    for name, picture, shorter, size, crop, antialias in [
            ("shorter side", photo, 24, None, (24, 24), True), ("shorter, odd crop", photo, 25, None, (20, 23), True),
            ("no antialias", photo, 16, None, (15, 16), False), ("exact size", photo, None, (13, 40), (13, 40), True),
            ("crop alone", photo, None, None, (30, 31), True), ("larger", photo, 60, None, (60, 60), True),
            ("upright", np.ascontiguousarray(photo.transpose(1, 0, 2)), 24, None, (24, 24), True)]:
        x = torch.from_numpy(picture).permute(2, 0, 1)
        if shorter:
            x = F.resize(x, [shorter], antialias=antialias)
        elif size:
            x = F.resize(x, list(size), antialias=antialias)
        x = F.center_crop(x, list(crop))
        resized.append({"name": name, "height": picture.shape[0], "width": picture.shape[1],
                        "bytes": picture.tobytes().hex(), "shorter": shorter or 0,
                        "resize": list(size) if size else [0, 0], "crop": list(crop), "antialias": int(antialias),
                        "planes": x.numpy().tobytes().hex()})
    (HERE / "images.json").write_text(json.dumps(
        {"background": BACKGROUND, "images": cases, "resized": resized}, indent=0) + "\n")


main()
