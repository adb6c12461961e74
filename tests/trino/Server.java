import io.trino.plugin.hive.HivePlugin;
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.DistributedQueryRunner;
import io.trino.testing.TestingSession;
import java.util.Map;

/** One Trino node on loopback over the folder that is its argument; it ends when its standard input does. */
public class Server {
    public static void main(String[] arguments) throws Exception {
        var output = System.out; // Trino replaces it with its log
        var session = TestingSession.testSessionBuilder()
                .setCatalog("hive").setSchema("mrs").setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
        var runner = DistributedQueryRunner.builder(session).setWorkerCount(0).build();
        runner.installPlugin(new HivePlugin());
        runner.createCatalog("hive", "hive", Map.of(
                "hive.metastore", "file",
                "hive.metastore.catalog.dir", "local:///metastore",
                "fs.native-local.enabled", "true",
                "local.location", arguments[0],
                "hive.non-managed-table-writes-enabled", "true",
                "hive.partition-projection-enabled", "true",
                "hive.parquet.time-zone", "UTC",
                "hive.timestamp-precision", "MILLISECONDS"));
        output.println("URL " + runner.getCoordinator().getBaseUrl());
        output.flush();
        while (System.in.read() >= 0) { }
        System.exit(0);
    }
}
