"""The names of ImageNet's classes: English, Chinese, and the other English names that a search may try."""

import re

import pytest

from cam import UnknownNameError
from cam.models import weights
from cam.models.imagenet import imagenet_labels, imagenet_synonyms

ENGLISH, CHINESE = imagenet_labels(), imagenet_labels("zh")

# Names that Chinese writes with Latin letters.
LATIN = {"CD player": "CD播放机", "iPod": "iPod", "jersey": "T恤", "Model T": "福特T型车"}

# Characters of animals' names that the set of 1980 lacks; 鱥, 魟 and 鳽 are printed so for want of a simplified type.
RARE = set("鱥魟鹀鸮蠵鹟䴕鳽狆獴羱鲉")

KNOWN = {
    **{"tench": "丁鱥", "goldfish": "金鱼", "tiger shark": "鼬鲨", "hen": "母鸡", "magpie": "喜鹊", "kite": "鸢"},
    **{"bulbul": "鹎", "axolotl": "美西螈", "bullfrog": "牛蛙", "triceratops": "三角龙", "hummingbird": "蜂鸟"},
    **{"platypus": "鸭嘴兽", "koala": "考拉", "jellyfish": "水母", "flamingo": "火烈鸟", "king penguin": "王企鹅"},
    **{"killer whale": "虎鲸", "beagle": "比格犬", "pug": "巴哥犬", "Border collie": "边境牧羊犬", "red fox": "赤狐"},
    **{"tabby": "虎斑猫", "tiger cat": "虎纹猫", "leopard": "花豹", "jaguar": "美洲豹", "cheetah": "猎豹"},
    **{"ladybug": "瓢虫", "starfish": "海星", "zebra": "斑马", "hippopotamus": "河马", "gorilla": "大猩猩"},
    **{"lesser panda": "小熊猫", "giant panda": "大熊猫", "abacus": "算盘", "airliner": "客机", "bow": "弓"},
    **{"bow tie": "领结", "coffee mug": "马克杯", "coffeepot": "咖啡壶", "espresso maker": "浓缩咖啡机"},
    **{"espresso": "浓缩咖啡", "frying pan": "平底煎锅", "wok": "炒锅", "laptop": "膝上型电脑"},
    **{"notebook": "笔记本电脑", "mouse": "鼠标", "nail": "钉子", "obelisk": "方尖碑", "organ": "管风琴"},
    **{"plane": "木工刨", "drumstick": "鼓槌", "puck": "冰球", "umbrella": "雨伞", "unicycle": "独轮车"},
    **{"yurt": "蒙古包", "hot pot": "火锅", "broccoli": "西兰花", "orange": "橙子", "volcano": "火山"},
    **{"corn": "玉米", "ear": "玉米穗", "agaric": "伞菌", "toilet tissue": "卫生纸"},
}


def chinese(english):
    return CHINESE[ENGLISH.index(english)]


def test_chinese_names_are_a_thousand_different_ones_in_the_order_of_the_english():
    assert len(set(CHINESE)) == len(CHINESE) == len(ENGLISH) == 1000
    assert {english: chinese(english) for english in KNOWN} == KNOWN
    assert len(KNOWN) >= 40


def test_chinese_names_are_written_in_chinese():
    """Ideographs alone: no Latin letter, no digit, no space and no mark of ASCII."""
    plain = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
    assert {ENGLISH[place]: name for place, name in enumerate(CHINESE) if not plain.fullmatch(name)} == LATIN


def test_chinese_names_are_simplified():
    """GB 2312 has no character that only the traditional script writes; animals' own characters are younger."""
    beyond = {sign for name in CHINESE for sign in name if not _in_gb2312(sign)}
    assert beyond == RARE


def _in_gb2312(sign):
    try:
        return bool(sign.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("crane bird", "crane"),
        ("maillot", "maillot tank suit"),
        ("Cardigan", "cardigan"),
        ("sunglass", "sunglasses"),
        ("bathtub", "tub"),
        ("purse", "wallet"),
        ("missile", "projectile"),
    ],
)
def test_what_english_tells_apart_is_told_apart(one, other):
    assert chinese(one) != chinese(other)
    assert (chinese("crane bird"), chinese("crane")) == ("鹤", "起重机")
    assert (chinese("Cardigan"), chinese("cardigan")) == ("卡迪根威尔士柯基犬", "针织开衫")


def test_english_is_what_comes_unasked():
    assert imagenet_labels() == imagenet_labels("en") == imagenet_labels(language="en") == weights.imagenet_labels()
    assert ENGLISH[0] == "tench"


@pytest.mark.parametrize("language", ["fr", "", "ZH", "zh-TW"])
def test_an_unknown_language_is_told_which_there_are(language):
    with pytest.raises(UnknownNameError, match=r"^Unknown language of the class names '.*'\. .*zh"):
        imagenet_labels(language)


# Other names --------------------------------------------------------------------------------------------------------


def test_other_names_stand_at_the_class_they_belong_to():
    names = dict(zip(ENGLISH, imagenet_synonyms(), strict=True))
    assert names["lesser panda"] == ("red panda", "panda", "bear cat", "cat bear", "Ailurus fulgens")
    assert names["hand blower"] == ("blow dryer", "blow drier", "hair dryer", "hair drier")
    assert names["cellular telephone"] == ("cellular phone", "cellphone", "cell", "mobile phone")
    assert names["toilet tissue"] == ("toilet paper", "bathroom tissue")
    assert names["crane bird"] == ("crane",)
    assert names["maillot tank suit"] == ("maillot", "tank suit")
    assert names["crane"] == names["magpie"] == ()


def test_other_names_cover_the_classes_and_repeat_no_label():
    """Half of the classes have one; the first name that timm has for a class is its label, two classes aside."""
    from timm.data import ImageNetInfo

    other = imagenet_synonyms()
    assert sum(map(bool, other)) == 493
    assert sum(map(len, other)) == 862
    for label, names, published in zip(ENGLISH, other, ImageNetInfo().label_descriptions(), strict=True):
        assert label not in names
        assert len(set(names)) == len(names)
        first = published.split(", ")[0]
        assert first == label or {"crane bird": "crane", "maillot tank suit": "maillot"}[label] == first
