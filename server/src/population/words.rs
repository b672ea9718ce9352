//! Names, places and goods to draw from.

use super::Dice;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗", "欧阳", "司徒",
];
const GIVEN: &[&str] = &[
    "一诺", "子涵", "雨桐", "浩然", "欣怡", "梓轩", "思远", "佳宁", "建国", "秀英", "志强", "丽华", "晓梅", "文博",
    "安琪", "宇航", "若溪", "明轩", "静", "磊", "芳", "洋",
];
const PLACES: &[&str] = &[
    "浙江省杭州市西湖区",
    "江苏省南京市鼓楼区",
    "广东省深圳市南山区",
    "四川省成都市武侯区",
    "湖北省武汉市洪山区",
    "上海市徐汇区",
    "北京市海淀区",
    "陕西省西安市雁塔区",
    "福建省厦门市思明区",
    "山东省青岛市市南区",
    "云南省大理白族自治州大理市",
    "内蒙古自治区呼和浩特市新城区",
];
const ROADS: &[&str] = &["文三路", "中山路", "人民路", "建设大道", "学府街", "滨江路", "桂花巷", "科技园路"];
/// Goods, and what they cost at least, in yuan.
pub const GOODS: &[(&str, u64)] = &[
    ("春季碎花连衣裙", 129),
    ("纯棉四件套", 199),
    ("无线蓝牙耳机", 159),
    ("手工牛轧糖 500克", 39),
    ("不粘平底锅", 89),
    ("儿童绘本 10册", 68),
    ("跑步鞋", 259),
    ("云南小粒咖啡 2盒", 58),
    ("便携榨汁杯", 79),
    ("山茶花护手霜", 29),
    ("宠物自动喂食器", 189),
    ("折叠露营椅", 99),
    ("赣南脐橙 10斤", 49),
    ("羊绒围巾", 219),
    ("智能台灯", 139),
    ("抽绳垃圾袋 5卷", 19),
];
/// 直播间.
pub const ROOMS: &[&str] =
    &["小满穿搭", "老陈的茶铺", "厨房好物", "阿宁读绘本", "南方果园", "山野露营", "数码小站", "一起跑步"];
/// 商家.
pub const SHOPS: &[&str] = &["小满旗舰店", "云上咖啡", "木木家居", "南方果园直营", "乐跑运动", "知行书店"];
/// Phones.
pub const MODELS: &[(&str, &str)] = &[
    ("HUAWEI Mate 60", "HarmonyOS 5.0"),
    ("Xiaomi 15", "Android 15"),
    ("iPhone 16", "iOS 18.6"),
    ("OPPO Find X8", "Android 15"),
    ("vivo X200", "Android 15"),
    ("HONOR Magic7", "Android 15"),
];

/// A tag or an audience: from which kinds of records, what there was in them, and what is picked by it.
pub struct Derived {
    pub name: &'static str,
    pub from: &'static str,
    pub because: &'static str,
    pub goods: &'static [&'static str],
}

const fn derived(
    name: &'static str,
    from: &'static str,
    because: &'static str,
    goods: &'static [&'static str],
) -> Derived {
    Derived { name, from, because, goods }
}

/// 偏好特征标签.
pub const TAGS: &[Derived] = &[
    derived("居家", "浏览记录、点击记录", "近来常看四件套、台灯和平底锅", &["纯棉四件套", "智能台灯", "不粘平底锅"]),
    derived("运动户外", "浏览记录、搜索记录", "搜索过跑步鞋，看过露营椅", &["跑步鞋", "折叠露营椅"]),
    derived(
        "咖啡茶饮",
        "浏览记录、搜索记录",
        "搜索过云南小粒咖啡，常进“老陈的茶铺”",
        &["云南小粒咖啡 2盒", "便携榨汁杯"],
    ),
    derived("亲子阅读", "浏览记录、点击记录", "多次点开“阿宁读绘本”", &["儿童绘本 10册"]),
    derived("数码", "搜索记录、点击记录", "搜索过无线蓝牙耳机", &["无线蓝牙耳机", "智能台灯"]),
    derived("当季水果", "浏览记录", "常进“南方果园”", &["赣南脐橙 10斤"]),
];
/// 间接人群画像.
pub const AUDIENCES: &[Derived] = &[
    derived("周末晚间活跃", "浏览记录、点击记录", "多在周五到周日的晚上打开应用", &[]),
    derived("关注家居的人群", "浏览记录、搜索记录", "看过的商品里，家居用品最多", &[]),
];

/// 姓名.
pub fn full_name(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(SURNAMES), dice.pick(GIVEN))
}

/// A phone number of a range that no carrier has given out.
pub fn phone(dice: &mut Dice) -> String {
    format!("1990{}", dice.digits(7))
}

/// Province, city, district, road and house.
pub fn address(dice: &mut Dice) -> String {
    let (place, road) = (*dice.pick(PLACES), *dice.pick(ROADS));
    format!("{place}{road}{}号{}幢{}室", dice.below(300) + 1, dice.below(30) + 1, dice.below(2_000) + 101)
}
