"""Every setting of this project, grouped. Any of them can be given on the command line: `-s NAME=VALUE`."""

BOT_NAME = "newsarchive"
SPIDER_MODULES = ["crawler.spiders"]
COMMANDS_MODULE = "crawler.commands"

# --- where things are; relative paths are taken from the folder of scrapy.cfg
ARCHIVE_DIR = "archive"
TOPICS_DIR = "topics"
SOURCES_DIR = "sources"

# --- who we are: please set CONTACT to a page or an address where outlets can reach you
CONTACT = ""
USER_AGENT = (
    "newsarchive/0.1"  # becomes "newsarchive/0.1 (+CONTACT)" when CONTACT is set; robots.txt is read for "newsarchive"
)

# --- what is fetched
PAGES_PER_HOST = 200  # article fetches per host and run; the rest stays pending (not for `crawl urls`)
REVISIT_HOURS = [2, 4, 6, 12, 24, 120, 600]  # until a stored article is asked for again, and again; [] = never
SITEMAPS_PER_INDEX = 50  # children of a sitemap index asked for in one run, newest first
FETCH_PRIVATE_ADDRESSES = False  # True only for tests and the demo: loopback and private addresses, at full speed

# --- what is kept
WARC_STORE = "matched"  # matched | all (off-topic pages too) | none
DEDUP_SCOPE = "archive"  # archive | article: where a repeated paragraph is looked for
DEDUP_MIN_CHARS = 40  # shorter paragraphs are never dropped (15 in scripts without spaces)
DISK_RESERVE_MB = 500  # a run ends (exit code 74) when the archive's disk has less free

# --- reading pages
EXTRACTION_WORKERS = 0  # processes; 0 = the number of cores
EXTRACTION_DEADLINE = 15.0  # seconds a page may take
EXTRACTION_MEMORY_MB = 1536  # address space a worker may use

# --- safe: only the HTTP/1.1 handler passes the resolver that refuses private addresses
DOWNLOAD_HANDLERS = {
    "http": "crawler.download.DownloadHandler",
    "https": "crawler.download.DownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
TWISTED_DNS_RESOLVER = "crawler.middlewares.addresses.AddressResolver"
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_TIMEOUT = 30  # seconds
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024  # bytes, after decompression too
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = False  # a cut-off page ends as `truncated`, not as an error
DNS_TIMEOUT = 20
REDIRECT_MAX_TIMES = 6
METAREFRESH_ENABLED = False
HTTPPROXY_ENABLED = False  # a proxy would resolve names behind the address check's back
COOKIES_ENABLED = False
REFERER_ENABLED = True
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# --- polite
DOWNLOAD_DELAY = 1.0  # seconds between two requests to a host, at least
DOWNLOAD_DELAY_JITTER = 0  # varying a delay would also shorten it
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_MAX_DELAY = 30.0
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
RETRY_AFTER_WAIT = 60.0  # seconds a run waits for a host that asks for a pause; longer pauses are left to a later run
RETRY_TIMES = 2
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408, 429]
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the outcome says it
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS = 32
CONCURRENT_REQUESTS_PER_DOMAIN = 8
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "*",
}

# --- how Scrapy is put together here (see docs/architecture.md for the measurements behind the numbers)
SCHEDULER = "crawler.scheduler.FrontierScheduler"
SCHEDULER_PRIORITY_QUEUE = "crawler.scheduler.FairQueue"
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
CONCURRENT_ITEMS = 1  # it is per response, and a response holds one page
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 8_000_000  # bytes of pages on their way through the pipelines: the back-pressure
HTTPERROR_ALLOW_ALL = True  # every status reaches the spider, which gives it an outcome
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": 50,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.politeness.PolitenessMiddleware": 560,
    "crawler.middlewares.addresses.AddressMiddleware": 570,
    "crawler.middlewares.capture.CaptureMiddleware": 595,
}
ITEM_PIPELINES = {
    "pipelines.extract.ExtractPipeline": 100,
    "pipelines.match.MatchPipeline": 200,
    "pipelines.paragraphs.ParagraphsPipeline": 300,
    "pipelines.store.StorePipeline": 400,
    "pipelines.stories.StoriesPipeline": 500,
}
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "scrapy.extensions.logstats.LogStats": None,
    "crawler.extensions.archive.ArchiveExtension": 1,
    "crawler.extensions.throttle.Throttle": 10,
    "crawler.extensions.stop.Stop": 20,
    "crawler.extensions.disk.DiskGuard": 25,
    "crawler.extensions.report.RunReport": 30,
    "crawler.extensions.progress.Progress": 40,
}

# --- talk
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s: %(message)s"
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"
STATS_DUMP = False
LOG_VERSIONS = []
FEED_EXPORT_ENCODING = "utf-8"
