/* SPDX-License-Identifier: MIT */
#include "msg/gmail.h"

#include "base/limits.h"
#include "base/text.h"

/* What Gmail calls the states of a message.  The words for sent mail, drafts,
 * spam and trash are those of mc_special_by_name(). */
static const char *const unread[] = { "Unread", /* de */ "Ungelesen",
	/* fr */ "Non lus", "Non lu", /* es */ "No leídos", "No leído",
	/* it */ "Da leggere", "Non letti", /* pt */ "Não lidas", "Não lidos",
	"Não lida", "Não lido", /* ca */ "No llegits", /* nl */ "Ongelezen",
	/* sv */ "Olästa", "Oläst", /* da, no */ "Ulæste", "Ulæst", "Uleste",
	"Ulest", /* fi */ "Lukematon", "Lukemattomat",
	/* pl */ "Nieprzeczytane", /* cs, sk */ "Nepřečtené", "Neprečítané",
	/* hu */ "Olvasatlan", /* ro */ "Necitite", /* hr */ "Nepročitano",
	/* ru */ "Непрочитанные", /* uk */ "Непрочитані",
	/* bg */ "Непрочетени", /* el */ "Μη αναγνωσμένα",
	/* tr */ "Okunmamış", /* ja */ "未読", /* zh */ "未读", "未读邮件",
	"未讀", "未讀郵件", /* ko */ "읽지 않음", "읽지않음",
	/* he */ "לא נקראו", /* ar */ "غير مقروءة", "غير مقروء",
	/* vi, id */ "Chưa đọc", "Belum dibaca", NULL };

static const char *const opened[] = { "Opened", /* de */ "Geöffnet",
	/* fr */ "Ouvert", "Ouverts", /* es */ "Abierto", "Abiertos",
	/* it */ "Aperto", "Aperti", /* pt */ "Aberto", "Abertos", "Abertas",
	/* ca */ "Obert", "Oberts", /* nl */ "Geopend",
	/* sv */ "Öppnad", "Öppnade", /* da, no */ "Åbnet", "Åpnet",
	/* fi */ "Avattu", /* pl */ "Otwarte", "Otwarto",
	/* cs, sk */ "Otevřeno", "Otevřené", "Otvorené",
	/* hu */ "Megnyitva", "Megnyitott", /* ro */ "Deschise", "Deschis",
	/* hr */ "Otvoreno", /* ru */ "Открытые", "Открыто",
	/* uk */ "Відкриті", "Відкрито", /* bg */ "Отворени",
	/* el */ "Ανοιγμένα", /* tr */ "Açıldı", "Açılmış",
	/* ja */ "開封済み", "既読", /* zh */ "已打开", "已開啟", "已读",
	"已讀", /* ko */ "열어봄", "읽음", /* he */ "נפתחו", "נפתח",
	/* ar */ "مفتوحة", /* vi, id */ "Đã mở", "Dibuka", NULL };

static const char *const starred[] = { "Starred", /* de */ "Markiert",
	/* fr */ "Suivis", "Messages suivis", /* es */ "Destacados",
	/* it */ "Speciali", /* pt */ "Com estrela", /* ca */ "Destacats",
	/* nl */ "Met ster", /* sv */ "Stjärnmärkta", "Stjärnmärkt",
	/* da, no */ "Stjernemarkerede", "Stjernemarkeret", "Stjernemerket",
	/* fi */ "Tähdellä merkityt", /* pl */ "Oznaczone gwiazdką",
	/* cs, sk */ "S hvězdičkou", "S hviezdičkou", /* hu */ "Csillagozott",
	/* ro */ "Cu stea", /* hr */ "Sa zvjezdicom", /* ru */ "Помеченные",
	/* uk */ "Із зірочкою", /* bg */ "Със звезда", /* el */ "Με αστέρι",
	/* tr */ "Yıldızlı", /* ja */ "スター付き",
	/* zh */ "已加星标", "已加星號", /* ko */ "별표편지함", "별표 편지함",
	/* he */ "מסומנים בכוכב", /* ar */ "مميزة بنجمة",
	/* vi, id */ "Có gắn dấu sao", "Berbintang", NULL };

static const char *const important[] = { "Important", /* de */ "Wichtig",
	/* fr */ "Importants", /* es, pt, ro */ "Importante", "Importantes",
	/* it */ "Importanti", /* ca */ "Importants", /* nl */ "Belangrijk",
	/* sv */ "Viktigt", "Viktiga", /* da, no */ "Vigtigt", "Vigtige",
	"Viktig", "Viktige", /* fi */ "Tärkeät", "Tärkeä", /* pl */ "Ważne",
	/* cs, sk */ "Důležité", "Dôležité", /* hu */ "Fontos",
	/* hr */ "Važno", /* ru */ "Важное", "Важные", /* uk */ "Важливі",
	"Важливо", /* bg */ "Важни", /* el */ "Σημαντικά", /* tr */ "Önemli",
	/* ja, zh */ "重要", /* ko */ "중요편지함", "중요 편지함", "중요",
	/* he */ "חשוב", /* ar */ "هام", "مهم", /* vi, id */ "Quan trọng",
	"Penting", NULL };

static const char *const archived[] = { "Archived", /* de */ "Archiviert",
	/* fr */ "Messages archivés", "Archivés", "Archivé",
	/* es */ "Archivado", "Archivados", /* it */ "Archiviati", "Archiviato",
	/* pt */ "Arquivado", "Arquivados", "Arquivadas",
	/* ca */ "Arxivats", "Arxivat", /* nl */ "Gearchiveerd",
	/* sv */ "Arkiverade", "Arkiverad", "Arkiverat",
	/* da, no */ "Arkiveret", "Arkiverede", "Arkivert", "Arkiverte",
	/* fi */ "Arkistoitu", "Arkistoidut", /* pl */ "Zarchiwizowane",
	/* cs, sk */ "Archivováno", "Archivované", /* hu */ "Archivált",
	"Archiválva", /* ro */ "Arhivate", "Arhivat", /* hr */ "Arhivirano",
	/* ru */ "Архивированные", "В архиве", "Архивировано",
	/* uk */ "Архівовані", "Архівовано", /* bg */ "Архивирани",
	/* el */ "Αρχειοθετημένα", /* tr */ "Arşivlendi", "Arşivlenmiş",
	/* ja */ "アーカイブ済み", "アーカイブ", /* zh */ "已归档", "已存档",
	"已封存", /* ko */ "보관처리됨", "보관됨",
	/* he */ "בארכיון", /* ar */ "مؤرشفة", /* vi, id */ "Đã lưu trữ",
	"Diarsipkan", NULL };

static const char *const inbox[] = { "Inbox", /* de */ "Posteingang",
	/* fr */ "Boîte de réception", /* es */ "Recibidos",
	"Bandeja de entrada", /* it */ "Posta in arrivo",
	/* pt */ "Caixa de entrada", "Entrada", /* ca */ "Safata d'entrada",
	"Rebuts", /* nl */ "Postvak IN", /* sv */ "Inkorg", "Inkorgen",
	/* da, no */ "Indbakke", "Innboks", /* fi */ "Postilaatikko",
	"Saapuneet", /* pl */ "Odebrane", /* cs, sk */ "Doručená pošta",
	"Doručené", /* hu */ "Beérkező levelek", "Beérkező üzenetek",
	/* ro */ "Mesaje primite", /* hr */ "Pristigla pošta",
	/* ru */ "Входящие", /* uk */ "Вхідні", /* bg */ "Входящи",
	"Входяща поща", /* el */ "Εισερχόμενα", /* tr */ "Gelen Kutusu",
	/* ja */ "受信トレイ", /* zh */ "收件箱", "收件匣",
	/* ko */ "받은편지함", "받은 편지함", /* he */ "דואר נכנס",
	/* ar */ "البريد الوارد", /* vi, id */ "Hộp thư đến", "Kotak Masuk",
	NULL };

/* The tabs of the inbox, which are no folders for IMAP either.  In English
 * without a colon, so that only the known ones are taken for such. */
static const char *const tabs[] = { "Category Personal", "Category Social",
	"Category Promotions", "Category Updates", "Category Forums",
	"Category Purchases", "Category Reservations", "Category Travel",
	"Category Smartlabels", NULL };
static const char *const categories[] = { "Category", "Kategorie", "Catégorie",
	"Categoría", "Categoria", "Categorie", "Kategori", "Kategoria",
	"Kategória", "Kategorija", "Luokka", "Категория", "Категорія",
	"Κατηγορία", "カテゴリ", "类别", "類別", "카테고리", "קטגוריה", "الفئة",
	NULL };

static bool is_one(const char *const *names, struct mc_span name)
{
	for (; *names; names++) {
		if (mc_span_ieq(name, mc_span_str(*names)))
			return true;
	}
	return false;
}

/* "Kategorie: Werbung", also with the space that French puts before a colon. */
static bool is_category(struct mc_span label)
{
	static const struct mc_span hard_space = { "\xc2\xa0", 2 };
	size_t colon = mc_span_index(label, ':');
	struct mc_span word = mc_span_trim(mc_span_head(label, colon));

	if (is_one(tabs, label))
		return true;
	if (colon == label.n)
		return false;
	if (word.n > 2 &&
		mc_span_eq(mc_span_from(word, word.n - 2), hard_space))
		word = mc_span_trim(mc_span_head(word, word.n - 2));
	return is_one(categories, word);
}

static void set_folder(struct mc_gmail_label *out, struct mc_span path,
	enum mc_special special)
{
	*out = (struct mc_gmail_label){ MC_GMAIL_FOLDER, path, special };
}

void mc_gmail_attribute(struct mc_span label, struct mc_gmail_label *out)
{
	static const struct {
		struct mc_span name;
		struct mc_gmail_label label;
	} table[] = {
#define FOLDER(attribute, path, special)                                       \
	{                                                                      \
		{ (attribute), sizeof(attribute) - 1 },                        \
		{                                                              \
			MC_GMAIL_FOLDER, { (path), sizeof(path) - 1 },         \
				(special)                                      \
		}                                                              \
	}
		FOLDER("\\Inbox", "INBOX", MC_SPECIAL_INBOX),
		FOLDER("\\Sent", "Sent", MC_SPECIAL_SENT),
		FOLDER("\\Draft", "Drafts", MC_SPECIAL_DRAFTS),
		FOLDER("\\Drafts", "Drafts", MC_SPECIAL_DRAFTS),
		FOLDER("\\Junk", "Spam", MC_SPECIAL_JUNK),
		FOLDER("\\Spam", "Spam", MC_SPECIAL_JUNK),
		FOLDER("\\Trash", "Trash", MC_SPECIAL_TRASH),
#undef FOLDER
	};

	*out = (struct mc_gmail_label){ .sense = MC_GMAIL_OTHER };
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (mc_span_ieq(label, table[i].name)) {
			*out = table[i].label;
			return;
		}
	}
	if (mc_span_ieq(label, MC_SPAN("\\Starred")) ||
		mc_span_ieq(label, MC_SPAN("\\Flagged")))
		out->sense = MC_GMAIL_STARRED;
	else if (mc_span_ieq(label, MC_SPAN("\\Important")))
		out->sense = MC_GMAIL_IMPORTANT;
	else if (label.n > 0 && label.p[0] != '\\')
		set_folder(
			out, mc_span_head(label, MC_NAME_MAX), MC_SPECIAL_NONE);
}

/* Of what the whole name of a label stands for.  False: a folder of the
 * user's. */
static bool is_state(struct mc_span label, enum mc_gmail_sense *sense)
{
	static const struct {
		const char *const *names;
		enum mc_gmail_sense sense;
	} table[] = {
		{ unread, MC_GMAIL_UNREAD },
		{ opened, MC_GMAIL_OPENED },
		{ starred, MC_GMAIL_STARRED },
		{ important, MC_GMAIL_IMPORTANT },
		{ archived, MC_GMAIL_ARCHIVED },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (is_one(table[i].names, label)) {
			*sense = table[i].sense;
			return true;
		}
	}
	*sense = MC_GMAIL_OTHER;
	return label.n == 0 || is_category(label);
}

void mc_gmail_name(struct mc_span label, struct mc_gmail_label *out)
{
	char name[128];
	enum mc_special special;

	*out = (struct mc_gmail_label){ .sense = MC_GMAIL_OTHER };
	label = mc_span_head(label, MC_NAME_MAX);
	if (is_state(label, &out->sense))
		return;
	if (is_one(inbox, label)) {
		set_folder(out, MC_SPAN("INBOX"), MC_SPECIAL_INBOX);
		return;
	}
	(void)mc_text_format(name, sizeof(name), "%.*s", (int)label.n, label.p);
	special = mc_special_by_name(name);
	/* "Archive" is a label that somebody made. */
	set_folder(out, label,
		special == MC_SPECIAL_ARCHIVE ? MC_SPECIAL_NONE : special);
}
