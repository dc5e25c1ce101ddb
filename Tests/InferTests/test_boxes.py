"""What fer-infer takes from a boxes file: headers by name, separators, numbers; and what it refuses."""
import json

import pytest
from PIL import Image
from tool import error_code, faces, infer, records

corner, right = (50, 60, 100, 80), (50, 60, 150, 140)


@pytest.fixture
def photo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.open(faces / "astronaut-colour.png").convert("RGB").resize((200, 200)).save("p.png")
    return tmp_path


def boxes(text, status=0, **options):
    with open("b.csv", "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return records("--boxes", "b.csv", status=status, **options)


@pytest.mark.parametrize("header, row", [
    ("path,x,y,w,h", corner), ("h,w,y,x,file", (80, 100, 60, 50, "p")), ("image,left,top,width,height", corner),
    ("path,x1,y1,x2,y2", right), ("path,x_min,y_min,x_max,y_max", right), ("path,left,top,right,bottom", right),
    ("path,xmin,xmax,ymin,ymax", (50, 150, 60, 140)), ("filename,top,right,bottom,left", (60, 150, 140, 50)),
    ("Path, X , Y , W , H ", corner), ('"path","x","y","w","h"', corner), ("# path,x,y,w,h", corner),
    ("path,startX,startY,endX,endY", right), ("path,x0,y0,x1,y1", right), ("path,xtl,ytl,xbr,ybr", right),
    ("path,bbox_x1,bbox_y1,bbox_x2,bbox_y2", right), ("path,facial_area.x,facial_area.y,facial_area.w,facial_area.h", corner),
    ("path,region.x,region.y,region.w,region.h", corner), ("identity,target_x,target_y,target_w,target_h", corner),
    ("input,frame,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,x_0,x_1,x_2,x_3,y_0,y_1,y_2,y_3",
     (0, 50, 60, 100, 80, .99, 9, 9, 9, 9, 9, 9, 9, 9)),
    ("path,xcenter,ycenter,width,height,confidence,class,name", (100, 100, 100, 80, .9, 0, "face")),
    ("path,left,top,right,bottom,width,height", (50, 60, 150, 140, 100, 80)),
    ("path,x_norm,y_norm,w_norm,h_norm", (.25, .3, .5, .4)), ("path,rel_x1,rel_y1,rel_x2,rel_y2", (.25, .3, .75, .7)),
])
def test_columns_are_understood_by_name(header, row, photo):
    expected = boxes("p.png,50,60,100,80\n")
    values = ["p.png" if value == "p" else str(value) for value in (row if "p" in row else ("p", *row))]
    got = boxes(f"{header}\n{','.join(values)}\n")
    assert got[0]["box"] == expected[0]["box"] == list(corner) and got[0]["probs"] == expected[0]["probs"]


@pytest.mark.parametrize("header, says", [
    ("path,a,b,c,d", "name no box"), ("path,x,y", "name no box"), ("x,y,w,h,score", "no column with the pictures"),
    ("frame,face_id,confidence,x_0,x_1,x_2,x_3,y_0,y_1,y_2,y_3", "no column with the pictures"),
    ("path,x1,y1,x2,y2,x3,y3,x4,y4", "points"), ("path,box,confidence", "whole box"), ("path,facial_area", "whole box"),
    ("path,x,y,w,h,x", "another column"), ("xmin,ymin,xmax,ymax,confidence,class,name", "no column with the pictures"),
    ("path,x_0,x_1,x_2,x_3,y_0,y_1,y_2,y_3", "points"), ("caption,text", "no column with the pictures"), ("detections", "no column with the pictures"),
])
def test_a_header_that_cannot_be_understood_is_refused_by_name(header, says, photo):
    with open("b.csv", "w") as file:
        file.write(f"{header}\n" + ",".join(["p.png"] + ["1"] * header.count(",")) + "\n")
    outcome = infer("--boxes", "b.csv", status=2)
    assert says in outcome.stderr.decode() and "line 1" in outcome.stderr.decode()
    assert outcome.stdout == b"" and outcome.stderr.count(b"\n") == 1 and header.split(",")[0] in outcome.stderr.decode()


@pytest.mark.parametrize("text", [
    b"\xef\xbb\xbfpath,x,y,w,h\r\np.png,50,60,100,80\r\n", b"path;x;y;w;h\np.png;50;60;100;80\n",
    b"path\tx\ty\tw\th\np.png\t50\t60\t100\t80\n", b"p.png;50,0;60,0;100,0;80,0\n", b"\n\npath,x,y,w,h\n\np.png,50,60,100,80",
    b"p.png,50,60,100,80\r\n", b"sep=;\r\npath;x;y;w;h\r\np.png;50;60;100;80\r\n",
    b"# found by a detector, version 1\n\n#path,x1,y1,x2,y2\np.png,50,60,150,140\n"])
def test_separators_and_marks(text, photo):
    got = boxes(text)
    assert [r["box"] for r in got] == [list(corner)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_text_in_utf_16_is_refused_by_name(encoding, photo):
    data = "path,x,y,w,h\np.png,50,60,100,80\n".encode(encoding)
    with open("b.csv", "wb") as file:
        file.write(data)
    told = infer("--boxes", "b.csv", status=3).stderr
    assert (b"UTF-16" in told if encoding == "utf-16" else b"zero byte" in told) and told.count(b"\n") == 1


@pytest.mark.parametrize("row, says", [
    ("nan,1,5,5", "nan is not a number"), ("1,1,inf,5", "inf is not a number"), ("1,1,0,5", "more than 0"),
    ("1,1,-5,5", "more than 0"), ("0.25,0.3,0.5,0.4", "shares"), ("1,2,3", "fewer"), ("1,a,3,4", "a is not"),
    ("1e300,0,5,5", "not a number of pixels")])
def test_a_row_that_cannot_be_used_says_why(row, says, photo):
    got = boxes(f"path,x,y,w,h\np.png,50,60,100,80\np.png,{row}\n", status=1)
    assert [error_code(r) for r in got] == ["ok", "box"]
    assert says in got[1]["error"]["message"] and "Line 3 of b.csv" in got[1]["error"]["message"]


def test_joined_files_have_a_header_each(photo):
    got = boxes("path,x,y,w,h\np.png,50,60,100,80\npath,x1,y1,x2,y2\np.png,50,60,150,140\n")
    assert [r["box"] for r in got] == [list(corner)] * 2
    got = boxes("Report,2026\npath,x1,y1,x2,y2\np.png,50,60,150,140\n", status=1)
    assert [r.get("box") for r in got] == [None, list(corner)]


def test_corners_the_wrong_way_round_say_so(photo):
    got = boxes("path,x1,y1,x2,y2\np.png,150,60,50,140\n", status=1)
    assert "right and bottom" in got[0]["error"]["message"]


def test_a_quote_that_is_not_closed_is_named_by_its_line(photo):
    good = "p.png,50,60,100,80\n"
    for text in (good * 2 + '"p.png,1,2,3,4\n' + good * 5, good * 2 + '"p.png,1,2,3,4\n' + good * 100_000):
        with open("b.csv", "w") as file:
            file.write(text)
        outcome = infer("--boxes", "b.csv", "--format", "jsonl", "--quiet", status=3)
        assert [json.loads(line)["ok"] for line in outcome.stdout.splitlines()] == [True, True]
        assert b"line 3 has a quote that is not closed" in outcome.stderr


@pytest.mark.parametrize("words", [["--boxes", "/dev/zero"], ["p.png", "--boxes", "/dev/zero"], ["--boxes", "."]])
def test_what_is_no_boxes_file_is_one_sentence(words, photo):
    told = infer(*words, "--quiet", status=3).stderr
    assert told.count(b"\n") == 1 and (b"zero byte" in told or b"directory" in told)
