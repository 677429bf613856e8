"""The shipped topic on labelled passages, half of them near misses. All are invented."""

from pathlib import Path

import pytest

from newslib.config import load_topic
from newslib.topics import located

TOPIC = load_topic("russia-north-korea", Path(__file__).parents[1] / "topics")

ABOUT = [
    ("en", "Moscow and Pyongyang praised a defence pact, officials said."),
    ("en", "N. Korea’s Kim Jong-un will visit Vladivostok next week."),
    ("en", "RUSSIA AND NORTH KOREA OPEN A NEW RAIL LINK"),
    ("en", "The DPRK delegation led by Choe Son Hui met Lavrov."),
    ("en", "Russia–North Korea trade doubled, a report said."),
    ("en", "Russian roulette is no policy, said a North Korean envoy to Russia."),
    ("fr", "La cheffe de la diplomatie nord-coréenne Choe Son Hui a été reçue par le président russe."),
    ("fr", "Un sommet russo-nord-coréen se prépare."),
    ("fr", "Poutine a remercié la Corée du Nord pour ses soldats envoyés à Koursk."),
    ("de", "Russland und Nordkorea vertiefen ihre Zusammenarbeit."),
    ("de", "Die russisch-nordkoreanischen Beziehungen sind eng."),
    ("de", "Der Kreml dankte Pjöngjangs Soldaten."),
    ("es", "El canciller ruso viajó a Pyongyang para reunirse con Kim Jong-un."),
    ("es", "Rusia y Corea del Norte firmaron un acuerdo."),
    ("it", "Mosca e Pyongyang firmano un patto di difesa."),
    ("it", "Il vertice russo-nordcoreano si terrà in autunno."),
    ("pt", "Moscou agradeceu o apoio da Coreia do Norte."),
    ("pt", "Soldados norte-coreanos combatem ao lado dos russos."),
    ("nl", "Noord-Koreaanse soldaten vechten aan Russische zijde."),
    ("sv", "Ryssland och Nordkorea undertecknade ett avtal."),
    ("fi", "Venäjä kiitti Pohjois-Koreaa tuesta."),
    ("pl", "Szef rosyjskiej dyplomacji przybył do Pjongjangu."),
    ("pl", "Stosunki rosyjsko-północnokoreańskie są bliskie."),
    ("cs", "Ruský ministr jednal se severokorejským vůdcem."),
    ("hu", "Oroszország és Észak-Korea szerződést írt alá."),
    ("el", "Η Ρωσία και η Βόρεια Κορέα υπέγραψαν συμφωνία."),
    ("ru", "Лавров прибыл в Пхеньян с официальным визитом."),
    ("ru", "Лидер КНДР поблагодарил РФ за помощь."),
    ("ru", "Российско-северокорейская комиссия соберётся осенью."),
    ("ru", "Поезд Ким Чен Ына пересёк границу у станции Хасан Приморского края."),
    ("ru", "С Северной Кореей подписан договор, сообщил Песков."),
    ("uk", "Росія отримала снаряди з Північної Кореї."),
    ("uk", "Солдати КНДР воюють на боці РФ."),
    ("be", "Расія падпісала дамову з Паўночнай Карэяй."),
    ("mn", "ОХУ, БНАСАУ-ын хооронд шинэ гүүр барина."),
    ("zh-Hans", "俄罗斯外长周二抵达平壤，与朝鲜外务相崔善姬会谈。"),
    ("zh-Hans", "俄朝两国签署全面战略伙伴关系条约。"),
    ("zh-Hans", "普京会见金正恩。"),
    ("zh-Hant", "北韓派兵協助俄羅斯作戰，南韓情報單位證實。"),
    ("zh-Hant", "普丁與金正恩舉行峰會。"),
    ("ja", "ロシアのラブロフ外相は北朝鮮を訪問した。"),
    ("ja", "露朝首脳会談が開かれた。"),
    ("ja", "プーチン氏とキム・ジョンウン氏が会談"),
    ("ja", "朝ロ国境の橋が完成へ"),
    ("ko", "러시아 외무장관이 평양에 도착했다."),
    ("ko", "북러 정상회담이 열린다."),
    ("ko", "북·러 밀착에 우려"),
    ("ko", "북한군, 쿠르스크주 전투에 투입"),
    ("ko", "김정은이 푸틴에게 축전을 보냈다."),
    ("ko", "조로친선관계를 강화발전시킬데 대하여"),
    ("ar", "وصل وزير الخارجية الروسي إلى بيونغ يانغ يوم الثلاثاء."),
    ("ar", "روسيا وكوريا الشمالية توقعان اتفاقية دفاعية"),
    ("fa", "روسیه و کره‌شمالی توافق‌نامه امضا کردند."),
    ("he", "רוסיה וצפון קוריאה חתמו על הסכם."),
    ("tr", "Rusya ile Kuzey Kore arasında anlaşma imzalandı."),
    ("tr", "Rus lider, Kuzey Koreli askerlere teşekkür etti."),
    ("vi", "Tổng thống Nga Putin thăm Triều Tiên."),
    ("vi", "Ngoại trưởng Nga đến Bình Nhưỡng."),
    ("id", "Rusia dan Korea Utara menandatangani perjanjian."),
    ("th", "รัสเซียและเกาหลีเหนือลงนามข้อตกลง"),
    ("hi", "रूस और उत्तर कोरिया ने समझौते पर हस्ताक्षर किए।"),
    ("bn", "রাশিয়ার সঙ্গে উত্তর কোরিয়ার চুক্তি"),
]

NEAR = [
    ("en", "A Prussian map hung in north Koreatown beside a study of chorea."),
    ("en", "The Belorussian team beat North Korea."),
    ("en", "South Korea and Russia agreed on visas."),
    ("en", "A restaurant in Moscow, Idaho, serves North Korean cold noodles."),
    ("en", "A Russian doll was found in a North Korean museum."),
    ("en", "The Korean Peninsula worries Moscow, said the Korea Times and the Chosun Ilbo."),
    ("en", "Tennis: Daniil Medvedev won; the North Korean flag was absent."),
    ("en", "North Korea tested a missile, Seoul and Washington said."),
    ("en", "Police in Pyongyang’s twin town bought a Moscow Mule."),
    ("en", "MOSCOW, May 5 /TASS/. North Korea launched a satellite."),
    ("en", "Russo the barber cut the hair of a North Korean envoy."),
    ("fr", "La Biélorussie et la Corée du Nord ont signé un accord."),
    ("fr", "Au Kremlin-Bicêtre, un film nord-coréen est projeté."),
    ("fr", "Les montagnes russes du parc de Pyongyang ont rouvert."),
    ("de", "Weißrussland und Nordkorea eröffnen Botschaften."),
    ("de", "Preußens Akten über Nordkorea gibt es nicht."),
    ("de", "Südkorea liefert Panzer, der Kreml protestiert."),
    ("es", "Una mosca voló sobre el mapa de Corea del Norte."),
    ("es", "Bielorrusia y Corea del Norte abren embajadas."),
    ("es", "Las montañas rusas de Corea del Norte."),
    ("it", "La Bielorussia e la Corea del Nord."),
    ("pt", "A montanha-russa da Coreia do Norte."),
    ("nl", "Wit-Rusland en Noord-Korea tekenen een verdrag."),
    ("sv", "Vitryssland och Nordkorea."),
    ("fi", "Valko-Venäjä ja Pohjois-Korea avasivat lähetystöt."),
    ("fi", "Pohjois-Korean ruska ja korut"),
    ("pl", "Białoruś i Korea Północna otwierają ambasady."),
    ("hu", "Oroszlán szökött meg Észak-Koreában."),
    ("id", "Seekor rusa masuk ke kedutaan Korea Utara."),
    ("tl", "Puting sasakyan ang ginamit ng North Korea."),
    ("ru", "Беларусь и КНДР откроют посольства."),
    ("ru", "Лососевая путина началась у берегов КНДР."),
    ("ru", "Опера Россини прозвучала в Пхеньяне, а лавровый лист подорожал."),
    ("ru", "Южная Корея и Россия договорились о визах."),
    ("ru", "МОСКВА, 5 мая. /ТАСС/. КНДР запустила спутник."),
    ("ru", "Тысячи песков лежат у Пхеньяна."),
    ("ru", "Поля КНДР начали оросить заново."),
    ("uk", "Білорусь і КНДР відкриють посольства."),
    ("zh-Hans", "白俄罗斯与朝鲜互设大使馆。"),
    ("zh-Hans", "俄罗斯的朝鲜族社区举办节日。"),
    ("zh-Hans", "莫斯科与朝鲜半岛问题研讨会"),
    ("zh-Hans", "他向本报披露朝鲜核试验细节。"),
    ("zh-Hans", "清朝俄国使团抵达北京。"),
    ("zh-Hans", "美国俄亥俄州的罗先生谈朝鲜。"),
    ("zh-Hans", "俄朝着和平方向迈出一步。"),
    ("zh-Hant", "白俄羅斯與北韓建交。"),
    ("ja", "プロシアの歴史と北朝鮮の地図"),
    ("ja", "今朝ロシアのニュースを聞いた。朝露が光る朝方。"),
    ("ja", "ロシアの朝鮮人参の市場"),
    ("ja", "北朝鮮でロシアンルーレットの映画"),
    ("ja", "白ロシアと北朝鮮"),
    ("ko", "러시아 사람들이 북한산에 올라 북한강을 내려다봤다."),
    ("ko", "모스크바에서 평양냉면과 평양 냉면을 판다."),
    ("ko", "평양의 러시아워는 짧다."),
    ("ko", "한국과 러시아가 협정을 맺었다고 조선일보가 보도했다."),
    ("ko", "벨라루스와 북한이 대사관을 연다."),
    ("ko", "공원 북측 출입구에서 러시아 음악회"),
    ("ar", "بيلاروسيا وكوريا الشمالية تفتحان سفارتين"),
    ("ar", "كوريا الجنوبية وروسيا توقعان اتفاقية"),
    ("tr", "Beyaz Rusya ile Kuzey Kore büyükelçilik açtı."),
    ("tr", "Güney Kore ile Rusya anlaştı."),
    ("vi", "Một con thiên nga bay qua Triều Tiên."),
    ("vi", "Nga và bán đảo Triều Tiên"),
    ("id", "Korea Selatan dan Rusia sepakat."),
    ("th", "ปรัสเซียไม่เคยติดต่อเกาหลีเหนือ"),
    ("hi", "बेलारूस और उत्तर कोरिया ने दूतावास खोले।"),
]


@pytest.mark.parametrize(("language", "text"), ABOUT)
def test_a_passage_on_both_countries_matches(language, text):
    match = TOPIC.match(None, None, text, language)
    assert match.matched, match
    assert TOPIC.match(None, None, text, None).matched
    assert any(term["start"] is not None for term in located(match, [text], set()))


@pytest.mark.parametrize(("language", "text"), NEAR)
def test_a_near_miss_does_not_match(language, text):
    assert not TOPIC.match(None, None, text, language).matched, TOPIC.match(None, None, text, language)


def test_the_passages_cover_the_languages_of_the_topic():
    labelled = {language for language, _ in ABOUT + NEAR}
    assert len(ABOUT) >= 30
    assert len(NEAR) >= 30
    assert len(TOPIC.languages & labelled) >= 14


def test_every_language_has_words_for_both_countries():
    assert set(TOPIC.terms["russia"]) == set(TOPIC.terms["north_korea"])


def test_likely_addresses_and_titles_come_first():
    assert TOPIC.touches("https://a.example/2025/10/russia-north-korea-summit.html") == 1
    assert TOPIC.touches("러시아-북한 정상회담") == 1
    assert 0 < TOPIC.touches("Pyongyang tests a missile") < 1
    assert TOPIC.touches("Weather for Tuesday") == 0


def test_no_group_lists_a_term_twice_for_one_language():
    for by_language in TOPIC.terms.values():
        for words in by_language.values():
            assert len(words) == len(set(words))
