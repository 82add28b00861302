"""Decides with SpiffWorkflow by the table of 10 rules and 3 inputs of `bench decisions`, on the same rows.

spiff_table.py ROWS.json ROUNDS: ROWS.json is `[{"kind", "income", "resident", "fee"}…]`, the fee being the answer that is held to.
Prints one line of JSON: the median of the rounds, by the time that this process has computed.
"""
import json
import statistics
import sys
import time

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

# The rules of Sources/Bench/DecisionBenchmark.swift, in the Python that SpiffWorkflow reads instead of FEEL.
RULES = [
    ('"student"', "< 1000", "True", 5),
    ('"student"', "< 1000", "False", 15),
    ('"student"', ">= 1000", "-", 25),
    ('"worker"', "< 500", "-", 10),
    ('"worker"', "500 <= ? < 2000", "True", 30),
    ('"worker"', "500 <= ? < 2000", "False", 45),
    ('"worker"', ">= 2000", "-", 60),
    ('"retired"', "-", "True", 0),
    ('"retired"', "-", "False", 20),
    ('? not in ("student", "worker", "retired")', "-", "-", 80),
]


NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def add(parent, element, text=None, **attributes):
    child = etree.SubElement(parent, "{%s}%s" % (NAMESPACE, element), **attributes)
    if text is not None:
        add(child, "text").text = text
    return child


def table():
    root = etree.Element("{%s}definitions" % NAMESPACE, nsmap={None: NAMESPACE})
    decision = add(root, "decision", id="fee", name="fee")
    rules = add(decision, "decisionTable", id="table", hitPolicy="UNIQUE")
    for name, kind in (("kind", "string"), ("income", "number"), ("resident", "boolean")):
        column = add(rules, "input", id="input-" + name, label=name)
        add(column, "inputExpression", name, id="expression-" + name, typeRef=kind)
    add(rules, "output", id="output-fee", label="fee", name="fee", typeRef="number")
    for number, (*cells, fee) in enumerate(RULES):
        rule = add(rules, "rule", id=f"r{number + 1}")
        for place, cell in enumerate(cells):
            add(rule, "inputEntry", cell, id=f"i{number}-{place}")
        add(rule, "outputEntry", str(fee), id=f"o{number}")
    parser = DMNParser(None, root, {"dmn": NAMESPACE})
    parser.parse()
    return parser.decision.decisionTables[0]


class Workflow:
    """As much of a workflow as the engine asks of its task."""

    def __init__(self):
        self.script_engine = PythonScriptEngine()


class Task:
    def __init__(self, workflow, data):
        self.workflow = workflow
        self.data = data


def main():
    with open(sys.argv[1]) as file:
        rows = json.load(file)
    engine = DMNEngine(table())
    workflow = Workflow()
    tasks = [Task(workflow, {name: row[name] for name in ("kind", "income", "resident")}) for row in rows]
    for task, row in zip(tasks, rows):
        answer = engine.result(task).get("fee")
        assert answer == row["fee"], f"{task.data}: {answer}, not {row['fee']}"
    figures = []
    for _ in range(int(sys.argv[2])):
        count, start = 0, time.process_time()
        while time.process_time() - start < 0.5:
            for task in tasks:
                engine.result(task)
            count += len(tasks)
        figures.append(count / (time.process_time() - start))
    print(json.dumps({"perSecond": statistics.median(figures)}))


main()
