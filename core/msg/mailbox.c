/* SPDX-License-Identifier: MIT */
#include "msg/mailbox.h"

#include <stdlib.h>
#include <strings.h>

#include "base/buf.h"

static const struct {
	const char *name;
	enum mc_special special;
} attributes[] = {
	{ "\\Sent", MC_SPECIAL_SENT },
	{ "\\Drafts", MC_SPECIAL_DRAFTS },
	{ "\\Junk", MC_SPECIAL_JUNK },
	{ "\\Trash", MC_SPECIAL_TRASH },
	{ "\\Archive", MC_SPECIAL_ARCHIVE },
	{ "\\All", MC_SPECIAL_ALL },
	{ "\\Flagged", MC_SPECIAL_FLAGGED },
	{ "\\Important", MC_SPECIAL_IMPORTANT },
};

const char *mc_special_attribute(enum mc_special special)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]);
		i++) {
		if (attributes[i].special == special)
			return attributes[i].name;
	}
	return NULL;
}

static enum mc_special by_attribute(struct mc_span name)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]);
		i++) {
		if (mc_span_ieq(name, mc_span_str(attributes[i].name)))
			return attributes[i].special;
	}
	return MC_SPECIAL_NONE;
}

enum mc_special mc_special_by_attribute(const char *name)
{
	return by_attribute(mc_span_str(name));
}

enum mc_special mc_special_by_attributes(const char *words)
{
	struct mc_span rest = mc_span_str(words);
	enum mc_special found = MC_SPECIAL_NONE;

	while (rest.n > 0) {
		size_t n = mc_span_index(rest, ' ');
		enum mc_special one = by_attribute(mc_span_head(rest, n));

		if (one != MC_SPECIAL_NONE)
			found = one;
		rest = mc_span_from(rest, n + 1);
	}
	return found;
}

/* What Outlook, Thunderbird, Apple Mail, Gmail, Yahoo, GMX and other mail
 * programs and providers call them.  Names that also mean something else in
 * their language are left out: a wrong guess merges folders. */
static const char *const sent[] = { "Sent", "Sent Items", "Sent Messages",
	"Sent Mail", "Sent-Mail", "Sent_Mail", "Sent Objects", "SentMail",
	/* de */ "Gesendet", "Gesendete Objekte", "Gesendete Elemente",
	"Gesendete Nachrichten", "Gesendete E-Mails", "Gesendete Mails",
	"Gesendete",
	/* fr */ "Envoyés", "Messages envoyés", "Éléments envoyés",
	"Messages envoyes", "Elements envoyes", "Courrier envoyé", "Envoyé",
	/* es */ "Enviados", "Elementos enviados", "Mensajes enviados",
	"Correo enviado", "Enviado",
	/* it */ "Posta inviata", "Inviata", "Inviati", "Messaggi inviati",
	"Elementi inviati",
	/* pt */ "Itens enviados", "Mensagens enviadas", "E-mails enviados",
	"Enviadas", "Correio enviado",
	/* ca */ "Elements enviats", "Enviats", "Missatges enviats",
	/* nl */ "Verzonden", "Verzonden items", "Verzonden berichten",
	"Verzonden objecten",
	/* sv */ "Skickat", "Skickade", "Skickade objekt",
	"Skickade meddelanden", "Skickad e-post",
	/* da */ "Sendt", "Sendt post", "Sendte", "Sendte elementer",
	"Sendte mails", "Sendte beskeder",
	/* no */ "Sendt e-post", "Sendte meldinger", "Sendte e-poster",
	/* fi */ "Lähetetyt", "Lähetetyt viestit", "Lähetetyt kohteet",
	/* pl */ "Wysłane", "Elementy wysłane", "Wiadomości wysłane",
	"Poczta wysłana",
	/* cs, sk */ "Odeslané", "Odeslaná pošta", "Odeslané zprávy",
	"Odoslané", "Odoslaná pošta", "Odoslané položky",
	/* hu */ "Elküldött", "Elküldött elemek", "Elküldött üzenetek",
	/* ro */ "Trimise", "Elemente trimise", "Mesaje trimise",
	/* hr, sl */ "Poslano", "Poslane poruke", "Poslane stavke",
	"Poslana pošta", "Poslana sporočila",
	/* et, lv, lt */ "Saadetud", "Saadetud kirjad", "Nosūtītie",
	"Nosūtītās vēstules", "Išsiųsti", "Išsiųsti laiškai",
	/* ru */ "Отправленные", "Исходящие отправленные",
	"Отправленные письма",
	/* uk */ "Надіслані", "Відправлені",
	/* bg */ "Изпратени", "Изпратена поща", /* sr */ "Послато",
	/* el */ "Απεσταλμένα", "Σταλμένα",
	/* tr */ "Gönderilmiş Öğeler", "Gönderilmiş Postalar", "Gönderilenler",
	"Gönderilmiş", "Gönderildi",
	/* ja */ "送信済み", "送信済みアイテム", "送信済みメール",
	"送信済みメッセージ", "送信済",
	/* zh */ "已发送", "已发送邮件", "已发邮件", "已寄出", "寄件備份",
	"已傳送", "已傳送郵件", "寄件備份匣", "寄件匣備份", "送件備份",
	/* ko */ "보낸편지함", "보낸 편지함", "보낸 메일함", "보낸메일함",
	"보낸 항목",
	/* he */ "נשלח", "פריטים שנשלחו", "דואר שנשלח", "הודעות שנשלחו",
	/* ar, fa */ "البريد المرسل", "العناصر المرسلة", "المرسل", "المرسلة",
	"ارسال‌شده", /* th, vi, id */ "จดหมายที่ส่ง", "รายการที่ถูกส่ง",
	"Thư đã gửi", "Đã gửi", "Terkirim", "Pesan Terkirim", NULL };

static const char *const drafts[] = { "Drafts", "Draft", "Draft Messages",
	/* de */ "Entwürfe", "Entwurf", "Entwuerfe",
	/* fr */ "Brouillons", "Brouillon",
	/* es, pt */ "Borradores", "Borrador", "Rascunhos", "Rascunho",
	/* it */ "Bozze", /* ca */ "Esborranys",
	/* nl */ "Concepten", "Klad",
	/* sv, da, no */ "Utkast", "Kladder", "Udkast", "Kladd",
	/* fi */ "Luonnokset",
	/* pl */ "Szkice", "Kopie robocze", "Wersje robocze", "Robocze",
	/* cs, sk */ "Koncepty", "Rozepsané", "Rozepsané zprávy", "Rozpísané",
	/* hu */ "Piszkozatok", "Piszkozat",
	/* ro */ "Ciorne", "Schițe", /* hr, sl */ "Skice", "Osnutki",
	/* et, lv, lt */ "Mustandid", "Melnraksti", "Juodraščiai",
	/* ru */ "Черновики", /* uk */ "Чернетки",
	/* bg, sr */ "Чернови", "Нацрти",
	/* el */ "Πρόχειρα", /* tr */ "Taslaklar", "Taslak",
	/* ja */ "下書き", "下書きフォルダ", /* zh */ "草稿", "草稿箱",
	"草稿夹", "草稿匣", "草稿夾",
	/* ko */ "임시보관함", "임시 보관함", "임시저장함",
	/* he */ "טיוטות", /* ar, fa */ "المسودات", "مسودات",
	"پیش‌نویس‌ها",
	/* th, vi, id */ "ร่างจดหมาย", "แบบร่าง", "Thư nháp", "Bản nháp",
	"Konsep", "Draf", NULL };

static const char *const junk[] = { "Junk", "Spam", "Junk E-mail", "Junk Email",
	"Junk Mail", "Junk-E-Mail", "Bulk Mail", "Bulk", "Spamverdacht",
	/* de */ "Junk-E-Mails", "Spamordner", "Werbung (Spam)", "Unerwünscht",
	"Unerwünschte Werbung",
	/* fr */ "Courrier indésirable", "Indésirables", "Indésirable",
	"Courriers indésirables", "Pourriel", "Pourriels",
	"Courrier indesirable",
	/* es */ "Correo no deseado", "Correo basura", "No deseado",
	/* it */ "Posta indesiderata", "Indesiderata",
	/* pt */ "Lixo eletrônico", "Lixo eletrónico", "Lixo Electrónico",
	"Correio não solicitado", /* ca */ "Correu brossa",
	/* nl */ "Ongewenste e-mail", "Ongewenst", "Ongewenste mail",
	"Ongewenste reclame",
	/* sv */ "Skräppost", "Skräp", /* da */ "Uønsket e-mail",
	"Uønsket mail", "Uønsket post", /* no */ "Søppelpost", "Uønsket e-post",
	"Uønsket",
	/* fi */ "Roskaposti", "Roskapostit",
	/* pl */ "Niechciane", "Wiadomości-śmieci", "Wiadomości śmieci",
	"Niechciana poczta",
	/* cs, sk */ "Nevyžádaná pošta", "Nevyžádané", "Nevyžiadaná pošta",
	/* hu */ "Levélszemét", "Kéretlen levelek", "Kéretlen",
	/* ro */ "E-mail nedorit", "Mesaje nedorite",
	/* hr, sl */ "Neželjena pošta", "Neželena pošta", "Vsiljena pošta",
	/* et, lv, lt */ "Rämpspost", "Mēstules", "Brukalas", "Šlamštas",
	/* ru */ "Спам", "Нежелательная почта", /* uk */ "Небажана пошта",
	"Небажані", /* bg, sr */ "Нежелана поща", "Непожељна пошта",
	/* el */ "Ανεπιθύμητα", "Ανεπιθύμητη αλληλογραφία",
	"Ανεπιθύμητη Αλληλογραφία",
	/* tr */ "Önemsiz", "Önemsiz E-posta", "Gereksiz", "İstenmeyen",
	"İstenmeyen Posta",
	/* ja */ "迷惑メール", "迷惑メールフォルダ", /* zh */ "垃圾邮件",
	"垃圾邮件箱", "垃圾箱", "垃圾郵件", "垃圾信件", "广告邮件",
	/* ko */ "스팸메일함", "스팸 메일함", "스팸편지함", "스팸함",
	"정크 메일", "정크메일", "스팸",
	/* he */ "דואר זבל", "זבל", "ספאם",
	/* ar, fa */ "البريد غير الهام", "البريد غير المرغوب فيه",
	"البريد المزعج", "هرزنامه", /* th, vi, id */ "จดหมายขยะ", "อีเมลขยะ",
	"Thư rác", "Email Sampah", NULL };

static const char *const trash[] = { "Trash", "Deleted", "Deleted Items",
	"Deleted Messages", "Bin", "Trash Can", "Wastebasket",
	/* de */ "Papierkorb", "Gelöschte Objekte", "Gelöschte Elemente",
	"Gelöschte Nachrichten", "Gelöscht", "Geloeschte Objekte",
	/* fr */ "Corbeille", "Éléments supprimés", "Messages supprimés",
	"Elements supprimes", "Supprimés", "Poubelle",
	/* es */ "Papelera", "Elementos eliminados", "Eliminados",
	"Mensajes eliminados", "Papelera de reciclaje",
	/* it */ "Cestino", "Posta eliminata", "Eliminata",
	"Messaggi eliminati", "Elementi eliminati",
	/* pt */ "Lixeira", "Lixo", "Itens excluídos", "Itens eliminados",
	"Mensagens eliminadas", "Mensagens excluídas", "Apagadas",
	"Mensagens apagadas", "Reciclagem",
	/* ca */ "Paperera", "Elements suprimits",
	/* nl */ "Prullenbak", "Prullenmand", "Verwijderde items", "Verwijderd",
	"Verwijderde berichten", "Verwijderde objecten",
	/* sv */ "Papperskorgen", "Papperskorg", "Borttaget",
	"Borttagna objekt", "Borttagna",
	/* da */ "Papirkurv", "Slettet post", "Slettet", "Slettede elementer",
	"Slettede mails", /* no */ "Papirkurven", "Papirkorg", "Søppelkurv",
	"Slettede", "Slettet e-post", "Slettede meldinger",
	/* fi */ "Roskakori", "Poistetut", "Poistetut viestit",
	"Poistetut kohteet",
	/* pl */ "Kosz", "Elementy usunięte", "Usunięte", "Wiadomości usunięte",
	/* cs, sk */ "Koš", "Odstraněná pošta", "Odstraněné", "Smazané",
	"Odstranené položky", "Kôš", "Odstránené položky", "Odstránená pošta",
	/* hu */ "Kuka", "Lomtár", "Törölt elemek", "Törölt", "Törölt üzenetek",
	/* ro */ "Coș de gunoi", "Elemente șterse", "Gunoi",
	/* hr, sl */ "Smeće", "Otpad", "Izbrisane stavke", "Koš za smeće",
	"Izbrisano",
	/* et, lv, lt */ "Prügikast", "Kustutatud", "Miskaste", "Atkritne",
	"Dzēstie", "Šiukšlinė", "Šiukšliadėžė", "Ištrinti",
	/* ru */ "Корзина", "Удаленные", "Удалённые", "Удаленные письма",
	/* uk */ "Кошик", "Видалені", /* bg, sr */ "Кошче", "Изтрити", "Смеће",
	"Отпад",
	/* el */ "Κάδος απορριμμάτων", "Κάδος", "Διαγραμμένα", "Απορρίμματα",
	/* tr */ "Çöp Kutusu", "Silinmiş Öğeler", "Silinmiş Postalar", "Çöp",
	"Silinenler", "Silinmiş",
	/* ja */ "ゴミ箱", "ごみ箱", "削除済みアイテム", "削除済み",
	"削除済みメッセージ", /* zh */ "已删除", "已删除邮件", "废纸篓",
	"已刪除", "垃圾桶", "刪除的郵件", "已刪除的郵件", "回收筒", "刪除郵件",
	/* ko */ "휴지통", "지운 편지함", "지운편지함", "삭제된 항목",
	/* he */ "אשפה", "פריטים שנמחקו", "נמחק", "פח אשפה",
	/* ar, fa */ "المهملات", "سلة المهملات", "العناصر المحذوفة", "المحذوفة",
	"زباله‌دان",
	/* th, vi, id */ "ถังขยะ", "รายการที่ถูกลบ", "Thùng rác", "Đã xóa",
	"Tempat Sampah", "Sampah", NULL };

static const char *const archive[] = { "Archive", "Archives", "Archived",
	/* de */ "Archiv", "Archivierte", /* es, pt, it */ "Archivo",
	"Archivos", "Archivados", "Arquivo", "Arquivos", "Arquivadas",
	"Arquivo Morto", "Archivio", "Archiviati", /* ca */ "Arxiu",
	/* nl */ "Archief", /* sv, da, no */ "Arkiv", "Arkiverade",
	/* fi */ "Arkisto", "Arkistot", /* pl */ "Archiwum", "Archiwa",
	/* cs, sk */ "Archív", "Archivy", /* hu */ "Archívum", "Archivum",
	/* ro */ "Arhivă", "Arhiva", /* hr, sl */ "Arhiv",
	/* et, lv, lt */ "Arhiiv", "Arhīvs", "Archyvas", "Archyvai",
	/* ru */ "Архив", "Архивы", /* uk */ "Архів", "Архіви",
	/* bg, sr */ "Архива", /* el */ "Αρχείο", "Αρχειοθήκη",
	/* tr */ "Arşiv", "Arşivler", /* ja */ "アーカイブ",
	/* zh */ "归档", "存档", "封存", "存檔", "典藏",
	/* ko */ "보관함", "보관", "아카이브", /* he */ "ארכיון",
	/* ar, fa */ "الأرشيف", "أرشيف", "ارشيف", "بایگانی",
	/* th, vi, id */ "เก็บถาวร", "Lưu trữ", "Arsip", NULL };

static bool listed(const char *const *names, struct mc_span name)
{
	for (; *names; names++) {
		if (mc_span_ieq(name, mc_span_str(*names)))
			return true;
	}
	return false;
}

enum mc_special mc_special_by_name(const char *name)
{
	static const struct {
		const char *const *names;
		enum mc_special special;
	} table[] = {
		{ sent, MC_SPECIAL_SENT },
		{ drafts, MC_SPECIAL_DRAFTS },
		{ junk, MC_SPECIAL_JUNK },
		{ trash, MC_SPECIAL_TRASH },
		{ archive, MC_SPECIAL_ARCHIVE },
	};
	struct mc_span span = mc_span_trim(mc_span_str(name));

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (listed(table[i].names, span))
			return table[i].special;
	}
	return MC_SPECIAL_NONE;
}

/* INBOX is it in any case. */
static const char *key_of(const char *name)
{
	return strcasecmp(name, "INBOX") == 0 ? "INBOX" : name;
}

static MC_RC make_room(struct mc_mailboxes *boxes, struct mc_error *err)
{
	size_t cap = boxes->cap ? boxes->cap * 2 : 32;
	struct mc_mailbox_info *grown;

	if (boxes->n < boxes->cap)
		return MC_OK;
	grown = reallocarray(boxes->boxes, cap, sizeof(*grown));
	if (!grown)
		return mc_fail_memory(err);
	boxes->boxes = grown;
	boxes->cap = cap;
	return MC_OK;
}

MC_RC mc_mailboxes_put(struct mc_mailboxes *boxes,
	const struct mc_mailbox_info *box, struct mc_error *err)
{
	char *name = NULL;
	enum mc_rc rc = make_room(boxes, err);

	if (rc == MC_OK)
		rc = mc_strdup(&name, mc_span_str(box->name), err);
	if (rc == MC_OK)
		rc = mc_index_put(
			&boxes->names, key_of(box->name), boxes->n, err);
	if (rc < 0) {
		free(name);
		return rc;
	}
	boxes->boxes[boxes->n] = *box;
	boxes->boxes[boxes->n++].name = name;
	return MC_OK;
}

void mc_mailboxes_dispose(struct mc_mailboxes *boxes)
{
	for (size_t i = 0; i < boxes->n; i++)
		free(boxes->boxes[i].name);
	free(boxes->boxes);
	free(boxes->prefix);
	mc_index_dispose(&boxes->names);
	*boxes = (struct mc_mailboxes){ 0 };
}

size_t mc_mailboxes_find(const struct mc_mailboxes *boxes, const char *name)
{
	return mc_index_find(&boxes->names, key_of(name), boxes->n);
}
