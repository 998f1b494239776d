package dev.lastcall.verify;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** What nvidia-smi said, as text: {@code -q -x} by path ({@code fb_memory_usage/used}), {@code --query-gpu} by field name. */
record SmiReport(String driver, List<Gpu> gpus) {

    /** @param values by path and by field; {@code N/A} and the like are left out */
    record Gpu(Map<String, String> values, List<Map<String, String>> mig) {

        String uuid() {
            return values.getOrDefault("uuid", "");
        }

        /** The first of these that nvidia-smi told. */
        Optional<String> first(List<String> keys) {
            return Stream.concat(keys.stream().map(key -> "query:" + key), keys.stream())
                    .flatMap(key -> Optional.ofNullable(values.get(key)).stream())
                    .findFirst();
        }
    }

    static SmiReport parse(String xml) throws IOException {
        Element root;
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            // The document names a DTD that lies nowhere.
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            factory.setExpandEntityReferences(false);
            root = factory.newDocumentBuilder()
                    .parse(new InputSource(new StringReader(xml)))
                    .getDocumentElement();
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException("nvidia-smi -q -x: " + e.getMessage(), e);
        }
        List<Gpu> gpus = new ArrayList<>();
        for (Element gpu : children(root, "gpu")) {
            Map<String, String> values = new HashMap<>();
            flatten(gpu, "", values);
            values.put("pci_id", gpu.getAttribute("id"));
            List<Map<String, String>> mig = new ArrayList<>();
            for (Element devices : children(gpu, "mig_devices")) {
                for (Element device : children(devices, "mig_device")) {
                    Map<String, String> of = new HashMap<>();
                    flatten(device, "", of);
                    mig.add(Map.copyOf(of));
                }
            }
            for (Element processes : children(gpu, "processes")) {
                long compute = children(processes, "process_info").stream()
                        .flatMap(process -> children(process, "type").stream())
                        .filter(type -> type.getTextContent().contains("C"))
                        .count();
                values.put("processes", Long.toString(compute));
            }
            gpus.add(new Gpu(values, mig));
        }
        Map<String, String> top = new HashMap<>();
        flatten(root, "", top);
        return new SmiReport(top.getOrDefault("driver_version", ""), gpus);
    }

    /** Adds the answer to {@code --query-gpu=FIELDS --format=csv,noheader,nounits}, whose first field is the UUID. */
    SmiReport with(List<String> fields, String csv) {
        List<Gpu> more = new ArrayList<>();
        for (Gpu gpu : gpus) {
            Map<String, String> values = new HashMap<>(gpu.values());
            csv.lines()
                    .map(line -> line.split(",\\s*", -1))
                    .filter(cells ->
                            cells.length == fields.size() && cells[0].strip().equals(gpu.uuid()))
                    .forEach(cells -> IntStream.range(0, cells.length)
                            .filter(i -> told(cells[i]))
                            .forEach(i -> values.put("query:" + fields.get(i), cells[i].strip())));
            more.add(new Gpu(values, gpu.mig()));
        }
        return new SmiReport(driver, more);
    }

    private static void flatten(Element element, String path, Map<String, String> into) {
        List<Element> inner = children(element, "");
        for (Element child : inner) {
            String name = path + child.getTagName();
            if (!child.getTagName().equals("mig_devices") && !child.getTagName().equals("gpu")) {
                flatten(child, name + "/", into);
            }
        }
        String text = element.getTextContent().strip();
        if (inner.isEmpty() && !path.isEmpty() && told(text)) {
            into.put(path.substring(0, path.length() - 1), text);
        }
    }

    private static boolean told(String text) {
        String bare = text.strip();
        return !bare.isEmpty() && !bare.equals("N/A") && !bare.startsWith("[") && !bare.startsWith("Unknown");
    }

    private static List<Element> children(Element parent, String name) {
        NodeList nodes = parent.getChildNodes();
        List<Element> found = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            Node node = nodes.item(i);
            if (node instanceof Element element
                    && (name.isEmpty() || element.getTagName().equals(name))) {
                found.add(element);
            }
        }
        return found;
    }
}
